import { formatListen, type Listen } from '../config/schema/address.ts';
import type { Config } from '../config/schema/config.ts';
import type { Gate } from '../gate.ts';
import { listenOn } from '../http/listen.ts';
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
  readonly admin: Listen;
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
  readonly admin: ListenerOptions['request'];
  readonly clock: Clock;
  readonly log: Log;
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
    admin: createListener({ request: options.admin }),
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
  const listening = {
    admin: await listenOn(listeners.admin.server, admin.listen, 'admin.listen'),
    check: await listenOn(listeners.check.server, server.checkListen, 'server.check_listen'),
    redirect: redirectListen && (await listenOn(listeners.redirect.server, redirectListen, 'server.redirect_listen')),
    public: await listenOn(listeners.public.server, server.listen, 'server.listen'),
  };
  log.info('listening', {
    public: formatListen(listening.public),
    check: formatListen(listening.check),
    admin: formatListen(listening.admin),
    redirect: listening.redirect ? formatListen(listening.redirect) : undefined,
    public_url: server.publicUrl.origin,
  });
  const all = opening.move();
  return { listening, drain: () => all.disposeAsync() };
}
