import type { Need } from '../../access/decide.ts';
import { namesOf } from '../../access/resource.ts';
import type { AppConfig } from '../../config/schema/config.ts';
import { DashgateError } from '../../errors.ts';
import type { Identity } from '../../identity/identity.ts';
import { cookiesIn } from '../../lib/cookie-header.ts';
import { conditionWords } from '../say-rules.ts';
import type { Asked } from './asked.ts';
import { type Masked, maskAuthorization, maskOf } from './mask.ts';
import type { Rehearsed } from './rehearse.ts';

/** A header or a cookie: what it says, or, of a secret, what it is. */
export type Told = { readonly name: string } & ({ readonly value: string } | Masked);

/** What became of a rehearsed request, under the names that `--json` prints. */
export interface Report {
  readonly request: { readonly method: string; readonly url: string; readonly from: string | null };
  readonly app: { readonly name: string; readonly kind: string } | null;
  readonly rule: {
    /** `public`, `guests`, `signed-in`, or resources, all of which are needed. */
    readonly needs: string | readonly string[];
    readonly of: readonly Rule[];
  } | null;
  /** `null`: who is not signed in. */
  readonly user:
    | (Readonly<Record<'sub' | 'user' | 'name' | 'email', string>> &
        Readonly<Record<'groups' | 'allowed_resources' | 'amr', readonly string[]>>)
    | null;
  readonly decision: {
    readonly kind: 'allow' | 'challenge' | 'wait' | 'deny' | 'error' | 'redirect';
    readonly reason: string;
    readonly missing: readonly string[];
  };
  /** `null`: nothing goes there. */
  readonly upstream: Upstream | null;
  /** `null`: it is the dashboard's. */
  readonly answer: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | null;
  readonly notes: readonly string[];
}

interface Rule {
  readonly paths: readonly string[];
  /** `null`: it only says when. */
  readonly needs: string | null;
  /** `null`: every one. */
  readonly methods: readonly string[] | null;
  readonly when: readonly string[];
}

interface Upstream {
  readonly url: string;
  readonly headers: readonly Told[];
  readonly cookies: readonly Told[];
}

/** @param notes - what there is to say of who asks */
export function reportOf(
  asked: Asked,
  identity: Identity | null,
  rehearsed: Rehearsed,
  notes: readonly string[],
): Report {
  const { settings, request, verdict, rules, error, sent, answer } = rehearsed;
  const { method, origin, uri, from } = asked;
  const decision = verdict?.decision;
  return {
    request: { method, url: origin + uri, from },
    app: settings && { name: settings.name, kind: settings.kind },
    rule: settings && request && { needs: needsOf(request.need), of: [...ofApp(settings), ...rules.map(ofRule)] },
    user: identity && {
      ...{ sub: identity.sub, user: identity.user, name: identity.name, email: identity.email },
      ...{ groups: identity.groups, allowed_resources: identity.allowedResources, amr: identity.amr },
    },
    decision: decision
      ? {
          ...{ kind: decision.kind, reason: decision.reason },
          missing: decision.kind === 'deny' ? decision.missing.map(namesOf) : [],
        }
      : { ...failureOf(error), missing: [] },
    upstream: settings && sent && upstreamOf(settings, sent),
    answer: answer && { status: answer.status, headers: shownOf(answer.headers) },
    notes: settings ? [...notes, ...notesOf(settings, rehearsed, asked)] : notes,
  };
}

const needsOf = (need: Need): string | readonly string[] => (typeof need === 'string' ? need : need.map(namesOf));

const ofApp = ({ resource, networks, require }: AppConfig): Rule[] => {
  const when = conditionWords({ networks: networks ?? undefined, require: require ?? undefined });
  return resource === null && when.length === 0 ? [] : [{ paths: ['/**'], needs: resource, methods: null, when }];
};

const ofRule = (rule: AppConfig['resources'][number]): Rule => ({
  ...{ paths: rule.paths, needs: rule.resource ?? null, methods: rule.methods ?? null },
  when: conditionWords(rule),
});

function failureOf(error: unknown): Pick<Report['decision'], 'kind' | 'reason'> {
  if (error === null) return { kind: 'redirect', reason: 'dashgate answers this itself' };
  if (error instanceof DashgateError) return { kind: 'error', reason: `${error.code}: ${error.message}` };
  throw error;
}

/** What of an answer matters to who reads it; how a page is secured does not. */
const SHOWN = ['location', 'www-authenticate', 'x-dashgate-login', 'retry-after'];
const shownOf = (headers: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(SHOWN.flatMap((name) => (name in headers ? [[name, String(headers[name])]] : [])));

/** What is no secret; anything else is masked. */
const PLAIN =
  /^(?:host|x-request-id|x-forwarded-(?:for|host|proto|prefix)|x-dashgate-(?:user|name|email|groups|resources))$/;

function upstreamOf(
  { upstream, identityHeaders }: AppConfig,
  { path, headers }: NonNullable<Rehearsed['sent']>,
): Upstream {
  const plain = new Set(identityHeaders.map(({ name }) => name.toLowerCase()));
  const pairs = headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1] ?? ''] as const] : []));
  return {
    url: (upstream.kind === 'unix' ? `unix:${upstream.socketPath}:` : upstream.origin) + path,
    headers: pairs
      .filter(([name]) => name !== 'cookie')
      .map(([name, value]) => {
        if (PLAIN.test(name) || plain.has(name)) return { name, value };
        return { name, ...(name === 'authorization' ? maskAuthorization(value) : maskOf(value)) };
      }),
    cookies: pairs
      .filter(([name]) => name === 'cookie')
      .flatMap(([, value]) => [...cookiesIn(value)])
      .map(({ name, value }) => (name === 'is_guest' ? { name, value } : { name, ...maskOf(value) })),
  };
}

/** What a request would show that somebody really makes. */
function notesOf(settings: AppConfig, { request, sent, verdict }: Rehearsed, { from }: Asked): string[] {
  const { upstreamAuth, identity, sections } = settings;
  const notes: string[] = [];
  if (from === null && request?.conditions.some(({ isFrom }) => isFrom !== null))
    notes.push('networks are not looked at: --from ADDRESS says where it comes from');
  if (!sent) return notes;
  if (upstreamAuth === 'own')
    notes.push('authorization: the client’s own goes on as it came; who signed in by the login page has sent none');
  if (identity.includes('bearer'))
    notes.push('authorization: Bearer with the access token of the user’s provider, while their session has one');
  if (settings.kind === 'tableau')
    notes.push('sign-in: the token by which a Tableau takes the user is made for a real request, and it is asked then');
  if (identity.includes('panel'))
    notes.push('cookies: id_token and access_token are the provider’s, while the user’s session has them');
  const everything = verdict?.decision.kind === 'allow' ? verdict.decision.identity.allowedResources : [];
  if (sections && !everything.some((grant) => grant === '_all_' || grant === `${settings.name}/_all_`))
    notes.push(
      `sections: what it answers is filtered, and only dashgate itself forwards it; "dashgate explain --app ${settings.name} --user …" lists them`,
    );
  notes.push('besides: the client’s own headers and cookies, less its session and all that dashgate alone may say');
  return notes;
}
