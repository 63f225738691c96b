import { formatListen, type Listen } from '../config/schema/address.ts';
import type { Config } from '../config/schema/config.ts';
import type { Gate } from '../gate.ts';
import { listenOn, listenShared } from '../http/listen.ts';
import { createRedirect } from '../http/redirect.ts';
import { createListener, type ListenerOptions } from '../http/server.ts';
import { createTlsContext, type TlsContext, type TlsFiles } from '../http/tls.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../telemetry/log.ts';
import { reloadOnChange } from '../telemetry/reload.ts';

/** What ends later than this after it was asked to end is cut. */
const GRACE_MS = 8000;

/** Where each listener came to stand, with the ports that were given. */
export interface Listening {
  readonly public: Listen;
  readonly check: Listen;
  /** `null`: it is another process's. */
  readonly admin: Listen | null;
  readonly redirect: Listen | null;
}

export interface Listeners {
  readonly listening: Listening;
  /** Takes no more requests, and lets those under way end. */
  drain(): Promise<void>;
}

export interface ListenersOptions {
  /** Asked anew for each request. */
  readonly gate: () => Pick<Gate, 'request' | 'upgrade' | 'check' | 'repeats'>;
  /** `null`: this is one of several workers, which share all listeners but that one. */
  readonly admin: ListenerOptions['request'] | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** Says where it listens, each with the port that was given. */
export function sayListening(log: Log, at: Listening, publicUrl: Config['server']['publicUrl']): void {
  const format = (listen: Listen | null): string | undefined => (listen ? formatListen(listen) : undefined);
  log.info('listening', {
    ...{ public: format(at.public), check: format(at.check), admin: format(at.admin), redirect: format(at.redirect) },
    public_url: publicUrl.origin,
  });
}

/**
 * Listens on all that the configuration names, on the public one last.
 * @throws ConfigInvalid where an address or a certificate cannot be used; nothing listens then
 */
export async function openListeners(
  { server, admin }: Pick<Config, 'server' | 'admin'>,
  options: ListenersOptions,
): Promise<Listeners> {
  const { gate, log, clock } = options;
  await using opening = new AsyncDisposableStack();
  const openTls = (files: TlsFiles): TlsContext => {
    const file = [files.certFile, files.keyFile];
    // Watched first and read then, so that no change is missed between the two.
    opening.defer(reloadOnChange(file, { what: 'TLS certificate', log, fields: { file } }, () => tls?.reload()));
    return createTlsContext(files, (line) => log.warn(line), clock);
  };
  const tls = server.tls && openTls(server.tls);
  const listeners = {
    ...(options.admin && { admin: createListener({ request: options.admin }) }),
    check: createListener({
      request: (request, response) => gate().check(request, response),
      repeats: () => gate().repeats,
    }),
    redirect: createListener({ request: createRedirect(server.publicUrl) }),
    public: createListener({
      request: (request, response) => gate().request(request, response),
      upgrade: (request, socket, head) => gate().upgrade(request, socket, head),
      tls,
    }),
  };
  opening.defer(async () => {
    await Promise.all(Object.values(listeners).map((listener) => listener.drain(GRACE_MS)));
  });
  const { redirectListen } = server;
  const on = options.admin ? listenOn : listenShared;
  const listening = {
    admin: listeners.admin ? await on(listeners.admin.server, admin.listen, 'admin.listen') : null,
    check: await on(listeners.check.server, server.checkListen, 'server.check_listen'),
    redirect: redirectListen && (await on(listeners.redirect.server, redirectListen, 'server.redirect_listen')),
    public: await on(listeners.public.server, server.listen, 'server.listen'),
  };
  if (options.admin) sayListening(log, listening, server.publicUrl);
  const all = opening.move();
  return { listening, drain: () => all.disposeAsync() };
}
