import type { AccessRequest } from '../access/request.ts';
import { type ApiToken, jtiOf, ownerOf } from '../identity/api-tokens/api-token.ts';
import type { HeldToken } from '../identity/api-tokens/reader.ts';
import { type ApiApp, type Site, siteOf } from '../identity/api-tokens/sites.ts';
import type { Identity } from '../identity/identity.ts';
import { nowSec } from '../lib/clock.ts';
import { luidOf } from '../lib/luid.ts';
import type { AuditEvent } from '../telemetry/audit.ts';
import { heldToken } from './api-token.ts';
import type { ApiDesk } from './desk.ts';
import { readSignIn, readSwitchSite } from './read-body.ts';
import { ERRORS, type ErrorName, errorReply, type Reply } from './reply.ts';
import { type Refused, signIn as signInBy } from './sign-in.ts';

/** A request at a door, whose body is not read unless it is asked for. */
export interface AtDoor {
  readonly app: ApiApp;
  readonly request: AccessRequest;
  readonly contentType: string;
  /** Throws BodyTooLarge, UnsupportedBody, BadBody. */
  body(): Promise<Buffer>;
}

export interface Answer {
  readonly status: number;
  /** `null`: there is nothing to say. */
  readonly reply: Reply | null;
  readonly retryAfterSec?: number;
}

type Handler = (desk: ApiDesk, at: AtDoor) => Promise<Answer>;

/** Without a name: a client asks before it signs in. */
export const serverInfo: Handler = async (_desk, { app }) => ({
  status: 200,
  reply: {
    serverInfo: {
      productVersion: { value: app.productVersion, build: app.productVersion },
      restApiVersion: app.restApiVersion,
    },
  },
});

export const signIn: Handler = async (desk, at) => {
  const { request, app } = at;
  const { clientAddress, id: requestId } = request;
  const done = await signInBy(desk, app, readSignIn(at.contentType, await at.body()), { clientAddress, requestId });
  if (done.kind === 'refused') {
    note(desk, at, 'login-refused', done.who, done.why);
    return refusal(done);
  }
  const held = await desk.reader.read(done.text, app);
  if (held.kind === 'no') return failure('badToken');
  noteUse(desk, at, held);
  desk.metrics.signedIn('signed-in');
  note(desk, at, 'login', held.identity.sub, wayOf(done.token));
  return { status: 200, reply: { credentials: credentialsOf(desk, app, held, done.text) } };
};

const wayOf = ({ vouching, parent }: ApiToken): string =>
  vouching ? 'connected-app' : parent === null ? 'password' : 'personal-token';

export const signOut: Handler = async (desk, at) => {
  const held = await heldToken(desk, at.app, at.request.headers);
  if (typeof held === 'string') return failure(held);
  await end(desk, at, held.token, 'asked');
  return { status: 204, reply: null };
};

/** Another site by the same proof: the token for the one before ends. */
export const switchSite: Handler = async (desk, at) => {
  const { app } = at;
  const held = await heldToken(desk, app, at.request.headers);
  if (typeof held === 'string') return failure(held);
  const site = siteOf(app, readSwitchSite(at.contentType, await at.body()));
  if (site?.id === held.site.id) return failure('sameSite');
  const { id: _id, madeSec: _made, ...rest } = held.token;
  const wanted = { ...rest, site: site?.contentUrl ?? '' };
  if (!site || !(await desk.reader.identify(wanted, app))) return failure('noSuchSite');
  const { text } = await desk.tokens.make(wanted, app);
  await end(desk, at, held.token, 'another-site');
  const next = await desk.reader.read(text, app);
  if (next.kind === 'no') return failure('badToken');
  noteUse(desk, at, next);
  return { status: 200, reply: { credentials: credentialsOf(desk, app, next, text) } };
};

export const currentSession: Handler = async (desk, at) => {
  const held = await heldToken(desk, at.app, at.request.headers);
  if (typeof held === 'string') return failure(held);
  noteUse(desk, at, held);
  const { token, site, identity } = held;
  return {
    status: 200,
    reply: {
      session: {
        id: token.id,
        site: { id: site.id, name: site.title, contentUrl: site.contentUrl },
        user: { id: userIdOf(at.app, identity), name: identity.user || identity.name },
      },
    },
  };
};

/** One of one's own; a connected app has no power over what its user signed in for. @param id - as {@link currentSession} calls it */
export const deleteSession =
  (id: string): Handler =>
  async (desk, at) => {
    const held = await heldToken(desk, at.app, at.request.headers);
    if (typeof held === 'string') return failure(held);
    const wanted = id === held.token.id ? held.token : await desk.tokens.byId(id);
    if (!wanted || wanted.app !== at.app.name || ownerOf(wanted) !== ownerOf(held.token)) return failure('unknown');
    await end(desk, at, wanted, id === held.token.id ? 'asked' : 'one-session');
    return { status: 204, reply: null };
  };

export const failure = (name: ErrorName): Answer => ({ status: ERRORS[name][0], reply: errorReply(name) });

const refusal = ({ error, inner, retryAfterSec }: Refused): Answer => ({
  status: ERRORS[error][0],
  reply: errorReply(error, inner),
  ...(retryAfterSec !== undefined && { retryAfterSec }),
});

function credentialsOf({ clock }: ApiDesk, app: ApiApp, { token, site, identity }: HeldToken, text: string): Reply {
  return {
    token: text,
    estimatedTimeToExpiration: clockTime(Math.min(token.endsSec - nowSec(clock), app.idleSec)),
    site: siteReply(site),
    user: { id: userIdOf(app, identity) },
  };
}

const siteReply = ({ id, contentUrl }: Site): Reply => ({ id, contentUrl });
const userIdOf = ({ space }: ApiApp, { sub }: Identity): string => luidOf(space, 'user', sub);

/** `h:mm:ss`. */
function clockTime(sec: number): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${Math.floor(sec / 3600)}:${two(Math.floor((sec % 3600) / 60))}:${two(Math.floor(sec % 60))}`;
}

function noteUse({ tokens, live }: ApiDesk, { request }: AtDoor, { token, session, identity }: HeldToken): void {
  tokens.noteUse(token);
  live.note(session, { user: identity.user, address: request.clientAddress, agent: request.headers['user-agent'] });
}

async function end(desk: ApiDesk, at: AtDoor, token: ApiToken, why: string): Promise<void> {
  await desk.tokens.end(token);
  desk.live.drop(jtiOf(token.id));
  desk.metrics.signedOut();
  note(desk, at, 'logout', token.sub, why);
}

function note(
  { audit }: ApiDesk,
  { request, app }: AtDoor,
  event: AuditEvent['event'],
  who: string,
  why: string,
): void {
  const { clientAddress: from, id } = request;
  audit({ event, who, what: `Tableau API of ${app.name}`, why, from, request: id });
}
