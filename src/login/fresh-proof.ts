import type { Request } from 'express';
import { askProof } from './ask-proof.ts';
import type { Arrived, Desk } from './desk.ts';
import { beginInstead, isPerson, type Owner } from './owner.ts';
import { findProof, type ProofFinding } from './proof.ts';

/** What asks for a proof, and the page that people come back to. */
const PAGES = { 'end-others': 'sessions', 'see-tokens': 'tokens', impersonate: 'impersonate' } as const;
type Task = keyof typeof PAGES;

/** @returns the proof, where it is new enough; `null`: it is asked for, which has been answered */
export async function freshProof(
  desk: Desk,
  request: Request,
  response: Arrived,
  owner: Owner,
  what: Task,
  password?: string,
): Promise<Extract<ProofFinding, { kind: 'fresh' }> | null> {
  const proof = await findProof(desk, response, owner, password, desk.own[PAGES[what]]);
  if (proof.kind === 'fresh') return proof;
  askProof(desk, response, proof, isPerson(request) ? { what, identity: owner.identity } : null);
  return null;
}

/** A session that knows of the proof takes the place of the one that does not. */
export async function proveAnew(
  desk: Desk,
  request: Request,
  response: Arrived,
  owner: Owner,
  what: Task,
  password: string | undefined,
): Promise<void> {
  const proof = await freshProof(desk, request, response, owner, what, password);
  if (!proof) return;
  if (proof.isNow) {
    await beginInstead(desk, request, response, owner);
    desk.sessions.end(owner.session);
  }
  if (isPerson(request)) response.redirect(303, desk.own[PAGES[what]]);
  else response.json({ proved: true });
}
