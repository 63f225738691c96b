import { isLocal } from '../../config/schema/address.ts';
import type { Config } from '../../config/schema/config.ts';
import type { Io } from '../command.ts';

/**
 * What works but is not good: no https; and that every client would have the front's address, in the log and wherever attempts
 * are counted.
 * @param front - as people call it
 */
export function warn(config: Config, front: string, io: Pick<Io, 'err'>): void {
  const { err } = io;
  const { server } = config;
  warnOfLeft(config, front, io);
  if (!server.publicUrl.isHttps && !isLocal(server.publicUrl.host))
    err(
      `warning: server.public_url is plain http (${server.publicUrl.origin}), so passwords and cookies can be read on the way; use https, whose certificate --cert and --key name\n`,
    );
  if (server.trustedProxies.length > 0) return;
  const whom = server.listen.kind === 'unix' ? '[unix]' : `["127.0.0.1"], or where ${front} comes from`;
  err(`warning: server.trusted_proxies is empty, so nobody believes ${front} who the client is; write ${whom}\n`);
}

/** What the front cannot do by itself and leaves to dashgate, each once. */
export function warnOfLeft({ apps, providers }: Config, front: string, { err }: Pick<Io, 'err'>): void {
  const named = (list: readonly { readonly name: string }[]): string => list.map(({ name }) => name).join(', ');
  const guarded = apps.filter(({ sections }) => sections !== null);
  if (guarded.length > 0)
    err(
      `warning: sections: ${front} cannot filter what a dashboard answers, so ${named(guarded)} goes through dashgate, which has to reach its upstream\n`,
    );
  const noticed = apps.filter(({ hasNotice }) => hasNotice);
  if (noticed.length > 0)
    err(
      `warning: session_notice: ${front} cannot put anything into pages, so those of ${named(noticed)} go through dashgate, which has to reach its upstream\n`,
    );
  const elsewhere = providers.filter(({ redirectUri }) => redirectUri !== null);
  if (elsewhere.length > 0)
    err(
      `warning: providers.redirect_uri: ${front} knows no sign-in, so where the answers of ${elsewhere.map(({ id }) => id).join(', ')} come is led to dashgate; print this anew when it changes\n`,
    );
}
