import { isLocal } from '../../config/schema/address.ts';
import type { Config } from '../../config/schema/config.ts';
import type { Io } from '../command.ts';

/**
 * What works but is not good: no https; and that every client would have the front's address, in the log and wherever attempts
 * are counted.
 * @param front - as people call it
 */
export function warn({ server }: Config, front: string, { err }: Pick<Io, 'err'>): void {
  if (!server.publicUrl.isHttps && !isLocal(server.publicUrl.host))
    err(
      `warning: server.public_url is plain http (${server.publicUrl.origin}), so passwords and cookies can be read on the way; use https, whose certificate --cert and --key name\n`,
    );
  if (server.trustedProxies.length > 0) return;
  const whom = server.listen.kind === 'unix' ? '[unix]' : `["127.0.0.1"], or where ${front} comes from`;
  err(`warning: server.trusted_proxies is empty, so nobody believes ${front} who the client is; write ${whom}\n`);
}
