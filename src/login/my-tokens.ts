import type { Request } from 'express';
import type { Person } from '../directories/directory.ts';
import { NothingHere } from '../errors.ts';
import { nowSec } from '../lib/clock.ts';
import type { PersonalToken } from '../session/token-shelf.ts';
import { askedToken, choicesOf, lifetimesOf } from './asked-token.ts';
import { type Arrived, type Desk, keepAlive } from './desk.ts';
import { readFields } from './form.ts';
import { freshProof, proveAnew } from './fresh-proof.ts';
import { isOwn, isPerson, type Owner, ownerOf } from './owner.ts';
import { TOKENS_FIELDS, type TokenProblem, type TokensView } from './pages/index.ts';

/** Who is there, and may have tokens. */
interface TokenOwner extends Owner {
  readonly offered: NonNullable<Desk['tokens']>;
}

/** My tokens: a page for people, a list for programs. */
export async function showTokens(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const owner = await tokenOwnerOf(desk, request, response);
  if (!owner || !(await freshProof(desk, request, response, owner, 'see-tokens'))) return;
  await keepAlive(desk, owner, request, response);
  const tokens = await owner.offered.tokens.of(owner.session.sub);
  if (isPerson(request)) showPage(desk, response, owner, { tokens });
  else response.json({ tokens: tokens.map(toJson) });
}

/** The forms of the page, and what programs send: makes a token, revokes one, or only proves who is there. */
export async function changeTokens(desk: Desk, request: Request, response: Arrived): Promise<void> {
  if (!isOwn(request, response, desk.own.tokens)) return;
  const owner = await tokenOwnerOf(desk, request, response);
  if (!owner) return;
  const { do: what = 'make', id = '', name, password } = readFields(request, SINGLE_FIELDS);
  if (what === 'revoke') return revoke(desk, request, response, owner, id);
  const isProof = what === 'prove' || (name === undefined && password !== undefined);
  if (isProof) return proveAnew(desk, request, response, owner, 'see-tokens', password);
  if (await freshProof(desk, request, response, owner, 'see-tokens', password))
    await make(desk, request, response, owner);
}

/** `DELETE /_dashgate/tokens/ID`. */
export async function deleteToken(desk: Desk, request: Request, response: Arrived): Promise<void> {
  if (!isOwn(request, response, desk.own.tokens)) return;
  const owner = await tokenOwnerOf(desk, request, response);
  if (owner) await revoke(desk, request, response, owner, String(request.params.id ?? ''));
}

const { resources: _list, ...ONE_OF_EACH } = TOKENS_FIELDS;
const SINGLE_FIELDS = Object.values(ONE_OF_EACH);

/** @returns `null` where nobody is there who may have tokens, which has been answered */
async function tokenOwnerOf(desk: Desk, request: Request, response: Arrived): Promise<TokenOwner | null> {
  const { tokens: offered, looks } = desk;
  if (!offered) throw new NothingHere('nobody can have access tokens here');
  const owner = await ownerOf(desk, request, response);
  if (!owner) return null;
  const person: Person | null = await offered.owners.find(owner.session.sub);
  if (person) return { ...owner, offered };
  response.status(403);
  const { name, user } = owner.identity;
  if (isPerson(request)) response.type('html').send(looks.pages.noTokens(name || user));
  else response.json({ error: 'You cannot have access tokens here.' });
  return null;
}

async function make(desk: Desk, request: Request, response: Arrived, owner: TokenOwner): Promise<void> {
  const { tokens, limits } = owner.offered;
  const { sub } = owner.session;
  const asked = askedToken(desk.apps, request, owner.identity, limits);
  const made = typeof asked === 'string' ? null : await tokens.make({ ...asked, sub, most: limits.most });
  if (typeof asked === 'string' || !made) {
    const problem: TokenProblem = typeof asked === 'string' ? asked : 'too-many';
    response.status(problem === 'too-many' ? 409 : 400);
    if (!isPerson(request)) response.json({ error: ERRORS[problem], reason: problem });
    else showPage(desk, response, owner, { tokens: await tokens.of(sub), problem });
    return;
  }
  tell(desk, response, 'token-made', made.token, 'asked');
  if (!isPerson(request)) {
    response.status(201).json({ token: made.text, ...toJson(made.token) });
    return;
  }
  const { user } = owner.identity;
  showPage(desk, response, owner, {
    tokens: await tokens.of(sub),
    made: { text: made.text, name: made.token.name, user },
  });
}

async function revoke(
  desk: Desk,
  request: Request,
  response: Arrived,
  { offered, session }: TokenOwner,
  id: string,
): Promise<void> {
  const token = (await offered.tokens.of(session.sub)).find((one) => one.id === id);
  if (token) {
    await offered.tokens.end(token);
    tell(desk, response, 'token-revoked', token, 'asked');
  }
  if (isPerson(request)) response.redirect(303, desk.own.tokens);
  else if (token) response.json({ revoked: 1 });
  else response.status(404).json({ error: 'You have no such token.' });
}

type Shown = Pick<TokensView, 'tokens'> & Partial<Pick<TokensView, 'problem' | 'made'>>;

function showPage(
  { apps, clock, looks }: Desk,
  response: Arrived,
  { identity, offered }: TokenOwner,
  shown: Shown,
): void {
  const { limits } = offered;
  response.type('html').send(
    looks.pages.tokens({
      name: identity.name || identity.user,
      choices: choicesOf(apps, identity),
      lifetimesMs: lifetimesOf(limits),
      lifetimeMs: limits.lifetimeSec * 1000,
      most: limits.most,
      nowSec: nowSec(clock),
      problem: null,
      made: null,
      ...shown,
    }),
  );
}

function tell(
  { audit }: Desk,
  { locals }: Arrived,
  event: 'token-made' | 'token-revoked',
  { id, sub }: PersonalToken,
  why: string,
): void {
  const { clientAddress, requestId } = locals.arrival;
  audit({ event, who: sub, what: `token ${id}`, why, from: clientAddress, request: requestId });
}

const ERRORS = {
  'no-name': 'Send "name": one line, at most 60 characters.',
  'no-scope': 'An empty list of "resources" opens nothing; leave it out for everything that you may open.',
  'bad-scope': '"resources" has something that you may not open.',
  'bad-lifetime': 'Send "lifetime" as 30d or 12h, at least a minute and no longer than is allowed here.',
  'too-many': 'You have as many tokens as you can have. Revoke one first.',
} satisfies Record<TokenProblem, string>;

const toJson = ({ id, name, scope, madeSec, endsSec, usedSec }: PersonalToken) => ({
  id,
  name,
  /** `null`: all that its owner may open. */
  resources: scope,
  made_at: madeSec,
  expires_at: endsSec,
  used_at: usedSec === 0 ? null : usedSec,
});
