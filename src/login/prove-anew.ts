import type { Request } from 'express';
import { askProof } from './ask-proof.ts';
import type { Arrived, Desk } from './desk.ts';
import { beginInstead, isPerson, type Owner } from './owner.ts';
import type { ProveView } from './pages/index.ts';
import { findProof } from './proof.ts';

/** A session that knows of the proof takes the place of the one that does not. @param page - where that is asked for, and people go on */
export async function proveAnew(
  desk: Desk,
  request: Request,
  response: Arrived,
  owner: Owner,
  password: string | undefined,
  { what, page }: Pick<ProveView, 'what'> & { readonly page: string },
): Promise<void> {
  const { identity } = owner;
  const proof = await findProof(desk, response, owner, password, page);
  if (proof.kind === 'asked') return askProof(desk, response, proof, isPerson(request) ? { what, identity } : null);
  if (proof.isNow) {
    await beginInstead(desk, request, response, owner);
    desk.sessions.end(owner.session);
  }
  if (isPerson(request)) response.redirect(303, page);
  else response.json({ proved: true });
}
