import type { IncomingMessage, ServerResponse } from 'node:http';
import { type App, holdsAll, ownPath } from '../access/app.ts';
import type { AccessRequest } from '../access/request.ts';
import { covers } from '../access/resource.ts';
import { UnsupportedBody, UpstreamUnusable } from '../errors.ts';
import { type Identity, nobody } from '../identity/identity.ts';
import { type ByteBudget, createByteBudget } from '../lib/byte-budget.ts';
import type { Clock } from '../lib/clock.ts';
import { compilePattern } from '../lib/path-pattern.ts';
import { parseStrict } from '../lib/strict-json.ts';
import type { Approved } from '../proxy/exchange.ts';
import type { Interpreter } from '../proxy/interpreted.ts';
import type { ReverseProxy } from '../proxy/proxy.ts';
import type { Rewrite } from '../proxy/rewrite.ts';
import type { Log } from '../telemetry/log.ts';
import { type CallbackBook, createCallbackBook } from './callback-book.ts';
import { filterDependencies, readDependencies } from './dependencies.ts';
import { createDialogue } from './dialogue.ts';
import { type Endpoint, endpointOf, isDialogue } from './endpoint.ts';
import { filterAnswer } from './filter-answer.ts';
import { filterLayout } from './filter-layout.ts';
import { filterPage } from './filter-page.ts';
import { createFirstLook } from './first-look.ts';
import { createJobHandles } from './job-handles.ts';
import { type JobOwner, openQuery, ownerOf } from './job-query.ts';
import { judgeToday } from './judge-today.ts';
import { readBody } from './read-body.ts';
import { rewriteWith } from './rewrite-answer.ts';
import { sectionRules } from './section-rules.ts';
import { createView, type View } from './view.ts';

export interface GuardOptions {
  readonly apps: readonly App[];
  readonly proxy: Pick<ReverseProxy, 'web' | 'fetch'>;
  /** What anybody has been granted now. */
  readonly granted: () => Iterable<string>;
  readonly jobKeys: () => readonly Uint8Array[];
  readonly clock: Clock;
  readonly log: Log;
  /** Answers a request that sections keep from going through. */
  refuse(missing: readonly string[], request: AccessRequest, approved: Approved, response: ServerResponse): void;
  fail(error: unknown, request: AccessRequest, response: ServerResponse): void;
}

/** Stands between what has been let into an app and the app itself, for whoever may not see all of its sections. */
export interface Guard {
  /** Whether a request has to come here: whoever holds everything of an app costs nothing. */
  watches(approved: Approved): boolean;
  web(incoming: IncomingMessage, response: ServerResponse, approved: Approved, request: AccessRequest): Promise<void>;
  /** How a websocket may be opened; `null`: not at all. */
  switching(approved: Approved): Approved | null;
}

/** A page of a lying app may make dashgate hold a few bodies, and no more. */
const BODIES_AT_ONCE = 4;
const SILENCE_MS = 20_000;
const WHOLE_MS = 300_000;
/** Deeper than any component tree that a browser shows, and less deep than what ends a walk by itself. */
const DEEPEST = 250;

interface Watched {
  readonly app: App;
  readonly mostBytes: number;
  readonly budget: ByteBudget;
  readonly isOpen: (ownPath: string) => boolean;
  readonly book: CallbackBook;
}

export function createGuard(options: GuardOptions): Guard {
  const { proxy, granted, clock, log } = options;
  const handles = createJobHandles(options.jobKeys);
  const watched = new Map<string, Watched>();
  for (const app of options.apps) {
    if (!app.sections) continue;
    const { mostBytes, open } = app.sections;
    const patterns = open.map((pattern) => compilePattern(pattern, { ignoreCase: false }));
    const look = createFirstLook({
      ...{ app: app.name, log, rules: () => sectionRules(app, granted()) },
      layoutAt: async (base) => parseAnswer(await ask(app, `${base}_dash-layout`, mostBytes)),
    });
    const read = async (base: string) => {
      const callbacks = readDependencies(parseAnswer(await ask(app, `${base}_dash-dependencies`, mostBytes)));
      look(base, callbacks);
      return callbacks;
    };
    watched.set(app.name, {
      app,
      mostBytes,
      budget: createByteBudget(BODIES_AT_ONCE * mostBytes),
      isOpen: (own) => patterns.some((matches) => matches(own)),
      book: createCallbackBook(read, clock),
    });
  }

  async function ask(app: App, path: string, mostBytes: number): Promise<string> {
    const target = { host: app.host, path, decodedPath: path, query: '' };
    const { status, body } = await proxy.fetch(app, target, ourselves(app), mostBytes);
    if (status !== 200)
      throw new UpstreamUnusable(`${app.name} answered ${status} when it was asked for what is the same for everybody`);
    return body.toString('utf8');
  }

  const viewOf = ({ app, book }: Watched, identity: Identity, base: string): View =>
    createView(
      sectionRules(app, granted()),
      (name) => identity.allowedResources.some((grant) => covers(grant, { app: app.name, name })),
      {
        shown: [...new Set([app.prefix, base])],
        own: book.found().flatMap((root) => (root.startsWith(app.prefix) ? root.slice(app.prefix.length - 1) : [])),
      },
    );

  /** Looks once for Dash at the app's own root, where it most often is; elsewhere pages and callbacks tell. */
  const findRoot = async ({ app, book }: Watched): Promise<void> => {
    if (book.found().length === 0) await book.at(app.prefix).catch(() => {});
  };
  const noteRoot = ({ app, book }: Watched, root: string): void => {
    if (root.startsWith(app.prefix) && root.endsWith('/') && !book.found().includes(root))
      book.at(root).catch(() => {});
  };

  /** Reads callbacks that come over a websocket. */
  function interpreterOf(place: Watched, approved: Approved): Interpreter {
    const { app, identity, requestId, target } = approved;
    const base = rootOf(target.path);
    const note = (why: string): void =>
      log.info('refused by the section guard', { app: app.name, request: requestId, ...whoOf(identity), why });
    return {
      ...createDialogue({
        view: () => viewOf(place, identity, base),
        book: place.book,
        base,
        deepest: DEEPEST,
        sealOf: (output) => (kind, handle) => handles.seal(handle, ownerOf(kind, jobOwner(approved, output))),
        onUse: () => approved.onMessage?.(),
        onRefused: note,
      }),
      mostBytes: place.mostBytes,
      budget: place.budget,
      wholeMs: WHOLE_MS,
      onUnusable: (error) => note(error instanceof Error ? error.message : ''),
    };
  }

  async function web(incoming: IncomingMessage, response: ServerResponse, approved: Approved, request: AccessRequest) {
    const { app, target, identity, requestId } = approved;
    const place = watched.get(app.name);
    if (!place) throw new TypeError('an app without sections is not guarded');
    const refuse = (why: string, missing: readonly string[] = []): void => {
      log.info('refused by the section guard', { app: app.name, request: requestId, ...whoOf(identity), why });
      incoming.resume();
      options.refuse(missing, request, approved, response);
    };
    const isHead = incoming.method === 'HEAD';
    const rewrite = (part: Partial<Rewrite> & Pick<Rewrite, 'make'>, always: boolean): Rewrite =>
      rewriteWith({ ...part, mostBytes: place.mostBytes, budget: place.budget }, { always, isHead });
    const pass = (part: Rewrite): void => proxy.web(incoming, response, { ...approved, rewrite: part });

    const own = ownPath(app, target.decodedPath);
    const endpoint = endpointOf(incoming.method ?? '', own, target.query);
    const base = publicBase(endpoint, target.path);
    if (endpoint.kind !== 'file') await findRoot(place);
    const view = viewOf(place, identity, base);
    const denied = view.deniedAt(own);
    if (denied.length > 0 && endpoint.kind !== 'file') return refuse('the page is in another section', denied);
    if (endpoint.kind === 'closed') {
      if (!place.isOpen(own)) return refuse('the route is not open to whoever may not see everything');
      return proxy.web(incoming, response, approved);
    }
    // A file is a page where the app has none by that name: Dash answers any path.
    if (endpoint.kind === 'page' || endpoint.kind === 'file')
      return pass(rewrite({ make: (html) => filterPage(html, (root) => noteRoot(place, root)) }, false));
    if (endpoint.kind === 'layout') {
      return pass(rewrite({ make: (body) => JSON.stringify(filterLayout(parseAnswer(body), view)) }, true));
    }
    if (endpoint.kind === 'dependencies') {
      const make = (body: string) => JSON.stringify(filterDependencies(readDependencies(parseAnswer(body)), view));
      // A page that is being loaded may be that of a new version of the app.
      place.book.again(base).catch(() => {});
      return pass(rewrite({ make }, true));
    }

    checkHead(incoming);
    const read = await readBody(incoming, { ...place, silenceMs: SILENCE_MS, wholeMs: WHOLE_MS });
    try {
      const body = parseStrict(read.bytes, { deepest: DEEPEST });
      const judgement = await judgeToday(body, place.book, base, view);
      if (judgement.kind !== 'pass') return refuse(judgement.why);
      const { output } = judgement.callback;
      const owner = jobOwner(approved, output);
      const query = openQuery(target.query, owner, handles);
      if (query === null) return refuse('the query has a handle of another session');
      const make = (text: string): string =>
        JSON.stringify(
          filterAnswer(parseAnswer(text), view, (kind, handle) => handles.seal(handle, ownerOf(kind, owner))),
        );
      // Written anew: what was judged is what the app reads.
      const sent = { ...approved, target: { ...target, query }, body: Buffer.from(JSON.stringify(body)) };
      proxy.web(incoming, response, { ...sent, rewrite: rewrite({ make }, true) });
    } finally {
      read.release();
    }
  }

  return {
    watches: ({ app, identity }) => app.sections !== null && !holdsAll(app, identity),
    async web(incoming, response, approved, request) {
      try {
        await web(incoming, response, approved, request);
      } catch (error) {
        log.info('a request could not be judged by the section guard', {
          app: approved.app.name,
          request: approved.requestId,
          why: error instanceof Error ? error.message : '',
        });
        incoming.resume();
        options.fail(error, request, response);
      }
    },
    switching(approved) {
      const { app, target } = approved;
      const place = watched.get(app.name);
      if (!place) return null;
      const own = ownPath(app, target.decodedPath);
      if (place.isOpen(own)) return approved;
      // The view of no Dash in particular: the path decides, as it does for a callback by POST.
      const isTheirs = viewOf(place, approved.identity, '/').deniedAt(own).length === 0;
      return isDialogue(own) && isTheirs ? { ...approved, interpreter: interpreterOf(place, approved) } : null;
    },
  };
}

/** The root of the Dash app that was asked, as its client spells it. */
const publicBase = (endpoint: Endpoint, path: string): string => ('base' in endpoint ? rootOf(path) : '/');
const rootOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

const whoOf = ({ sub, act }: Identity) => ({ user: sub, ...(act && { actor: act.sub }) });

const jobOwner = ({ app, identity, sessionId }: Approved, output: string): JobOwner => ({
  session: [app.name, identity.sub, sessionId ?? ''],
  output,
});

/** Who dashgate is when it asks an app for what is the same for everybody. */
export const ourselves = ({ name }: Pick<App, 'name'>): Identity => ({
  ...nobody,
  sub: 'internal:dashgate',
  user: 'dashgate',
  name: 'dashgate',
  allowedResources: [`${name}/_all_`],
});

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UpstreamUnusable('the answer is not JSON', { cause });
  }
}

/** @throws UnsupportedBody */
function checkHead({ headers }: IncomingMessage): void {
  const type = headers['content-type'] ?? '';
  if (!/^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i.test(type))
    throw new UnsupportedBody('a callback is application/json');
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new UnsupportedBody('a callback is not compressed');
}
