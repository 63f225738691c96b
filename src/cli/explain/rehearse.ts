import { ServerResponse } from 'node:http';
import { type App, ownPath } from '../../access/app.ts';
import { compileApp } from '../../access/compile-app.ts';
import { rulesFor } from '../../access/demand.ts';
import type { AccessRequest } from '../../access/request.ts';
import type { Verdict } from '../../adapters/adapter.ts';
import { answer, type Judge } from '../../adapters/answer.ts';
import { createClientAnswer } from '../../adapters/client-answer.ts';
import { createJudge } from '../../adapters/judge.ts';
import { judgeDelegating } from '../../adapters/judge-delegating.ts';
import { judgeTelling } from '../../adapters/judge-telling.ts';
import { createProxyAdapter } from '../../adapters/proxy.ts';
import type { Tell } from '../../apps/identity-adapter.ts';
import { openIdentityAdapters } from '../../apps/identity-adapters.ts';
import { kindOf } from '../../apps/kinds.ts';
import type { AppConfig, Config } from '../../config/schema/config.ts';
import type { Directory } from '../../directories/directory.ts';
import { createHosts } from '../../gate/hosts.ts';
import { createSignpost } from '../../http/signpost.ts';
import type { Identity } from '../../identity/identity.ts';
import { compileTrusted } from '../../lib/client-address.ts';
import type { Clock } from '../../lib/clock.ts';
import { createOwnPaths } from '../../lib/own-paths.ts';
import { doorsOf } from '../../login/doors.ts';
import { createPages } from '../../login/pages/index.ts';
import type { Approved } from '../../proxy/exchange.ts';
import { createSessionCookies } from '../../session/session-cookies.ts';
import { assertsOf } from '../asserting.ts';
import { SILENT } from '../sections.ts';
import type { Asked } from './asked.ts';
import { guarded } from './guarded.ts';
import { type Sent, sentOf } from './sent.ts';
import { incomingOf, takenAtTheirWord } from './somebody.ts';

/** What would become of a request. */
export interface Rehearsed {
  /** `null`: it leads to no app, or cannot be read. */
  readonly settings: AppConfig | null;
  readonly request: AccessRequest | null;
  readonly verdict: Verdict | null;
  /** The rules of the app that are for it, as the configuration has them. */
  readonly rules: AppConfig['resources'];
  /** What failed, in place of a verdict. */
  readonly error: unknown;
  /** `null`: nothing goes upstream. */
  readonly sent: Sent | null;
  /** What the client gets from dashgate itself; `null`: the answer is the dashboard's. */
  readonly answer: { readonly status: number; readonly headers: ReturnType<ServerResponse['getHeaders']> } | null;
}

export interface Rehearsing {
  readonly config: Config;
  readonly directory: Pick<Directory, 'granted'>;
  readonly clock: Clock;
}

/**
 * Takes a request through all that a real one goes through on its way to an app, by the same code, but for three things: whoever
 * asks is taken at their word (`null`: who is not signed in), a client that does not say from where it comes is where it may be, and
 * at the end nothing is sent.
 */
export async function rehearse(
  asked: Asked,
  identity: Identity | null,
  { config, directory, clock }: Rehearsing,
): Promise<Rehearsed> {
  using opened = new DisposableStack();
  const incoming = incomingOf(asked);
  const response = new ServerResponse(incoming);
  const own = createOwnPaths(config.server.prefix);
  const apps = config.apps.map((app) => compileApp(app, own, kindOf(app)));
  const { title, footer } = config.login;
  const cookies = createSessionCookies(config.session.cookie);
  const pages = createPages(own, { title, footer, logo: null });
  const client = createClientAnswer({ own, apps, pages, cookieName: cookies.name });
  const settingsOf = ({ name }: Pick<App, 'name'>): AppConfig[] => config.apps.filter((each) => each.name === name);
  const tell: Tell = (app, ...who) => {
    const adapters = openIdentityAdapters(settingsOf(app), { clock, log: SILENT, asserts: assertsOf(config) });
    opened.defer(adapters.close);
    return adapters.tell(app, ...who);
  };
  const judge = judgeTelling(createJudge([takenAtTheirWord(identity, clock)], cookies, clock), tell);

  const peers = { trusted: compileTrusted([]), peerOf: () => asked.from ?? '' };
  const { homes } = createHosts(config, peers.peerOf, peers.trusted);
  const { publicUrl } = config.server;
  const place = createSignpost({ homes, apps, publicUrl, loginPath: own.login, doors: doorsOf(own, config) })(incoming);
  if (place !== null) return { ...NOTHING, answer: { status: 302, headers: { location: place } } };

  const seen: { request: AccessRequest | null; verdict: Verdict | null; approved: Approved | null; error: unknown } = {
    ...{ request: null, verdict: null, approved: null, error: null },
  };
  const delegating = judgeDelegating(judge, { isFront: false });
  const noting: Judge = async (request) => {
    seen.request = request;
    seen.verdict = await delegating(asked.from === null ? fromAnywhere(request) : request);
    return seen.verdict;
  };
  const adapter = createProxyAdapter({
    ...{ apps, client, ...peers },
    follow: () => () => {},
  });
  const onError = (error: unknown): void => {
    seen.error ??= error;
  };
  await answer(
    adapter,
    noting,
    ({ error }) => onError(error ?? null),
    onError,
  )(incoming, {
    forward: (approved) => {
      seen.approved = approved;
    },
    refusal: () => response,
  });

  const { request, error } = seen;
  const [settings] = request ? settingsOf(request.app) : [];
  const told = { status: response.statusCode, headers: response.getHeaders() };
  if (!request || !settings) return { ...NOTHING, error, answer: told };
  const rules = rulesOfRequest(request, settings);
  const known = { settings, request, rules };
  if (!seen.approved) return { ...NOTHING, ...known, verdict: seen.verdict, error, answer: told };
  const guarding = { config, settings, directory, clock, client };
  const became = await guarded(seen.approved, request, [incoming, response], guarding);
  if (became.kind === 'passed') {
    const sent = await sentOf(incoming, became.approved, settings, config);
    return { ...NOTHING, ...known, verdict: seen.verdict, sent };
  }
  const refused = became.kind === 'refused' ? became : { verdict: null, error: became.error };
  const { statusCode: status } = response;
  return { ...NOTHING, ...known, ...refused, answer: { status, headers: response.getHeaders() } };
}

const NOTHING: Rehearsed = {
  ...{ settings: null, request: null, verdict: null, rules: [], error: null, sent: null, answer: null },
};

const fromAnywhere = (request: AccessRequest): AccessRequest => ({
  ...request,
  conditions: request.conditions.map(({ proof }) => ({ isFrom: null, proof })),
});

function rulesOfRequest({ app, target, method, headers }: AccessRequest, { resources }: AppConfig): Rehearsed['rules'] {
  const theirs = new Set(rulesFor(app, ownPath(app, target.decodedPath), method, headers));
  return resources.filter((_, i) => [app.rules[i]].some((rule) => rule && theirs.has(rule)));
}
