import { formatListen, isLoopback, type Listen } from '../config/schema/address.ts';
import type { Config } from '../config/schema/config.ts';
import { ConfigInvalid, UsageError } from '../errors.ts';
import type { InitOptions } from './options.ts';

/**
 * nginx and dashgate cannot both listen on one address of a machine. Where dashgate stands on another one, as `--dashgate`
 * says, they can.
 * @param at - where nginx is to listen, as it writes it: `443`, `127.0.0.1:443`, `[::1]:443`
 * @throws ConfigInvalid
 */
export function refuseClash(
  at: readonly string[],
  { server }: Pick<Config, 'server'>,
  { dashgate, redirectListen }: InitOptions,
): void {
  const ours = [
    ['server.listen', server.listen],
    ['server.check_listen', server.checkListen],
  ] as const;
  for (const [key, listen] of ours) {
    const clash = at.find((each) => meets(each, listen, dashgate));
    if (clash === undefined) continue;
    const where = `where dashgate itself is (${key}: ${formatListen(listen)})`;
    if (redirectListen.includes(clash))
      throw new UsageError(`--redirect-listen: ${clash} is ${where}; write another address, or none`);
    throw new ConfigInvalid(
      `server.public_url: ${server.publicUrl.origin} has nginx listen on ${clash}, ${where}; set server.public_url to where browsers find nginx, as https://dash.example.com, and name nginx in server.trusted_proxies, as ["127.0.0.1"]`,
    );
  }
}

function meets(at: string, listen: Listen, dashgate: string): boolean {
  if (listen.kind === 'unix' || listen.port === 0) return false;
  const [, host = '*', port] = /^(?:(.*):)?(\d+)$/.exec(at) ?? [];
  if (Number(port) !== listen.port) return false;
  const isEverywhere = listen.host === '0.0.0.0' || listen.host === '::';
  if (isEverywhere && !isLoopback({ kind: 'tcp', host: dashgate, port: listen.port })) return false;
  const named = host.replace(/^\[|\]$/g, '');
  return isEverywhere || ['*', '0.0.0.0', '::', listen.host].includes(named);
}
