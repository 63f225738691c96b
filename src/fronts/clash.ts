import { formatListen, isLoopback, type Listen } from '../config/schema/address.ts';
import type { Config } from '../config/schema/config.ts';
import { unfit } from '../config/unfit.ts';
import { UsageError } from '../errors.ts';

/** Where a front listens and finds us, as far as it matters here. */
interface Listening {
  /** Host name or address where the front finds a dashgate that listens on every address. */
  readonly dashgate: string;
  readonly redirectListen: readonly string[];
}

/**
 * A front and dashgate cannot both listen on one address of a machine. Where dashgate stands on another one, as `--dashgate`
 * says, they can.
 * @param at - where the front is to listen: `443`, `127.0.0.1:443`, `[::1]:443`
 * @throws ConfigInvalid
 */
export function refuseClash(
  at: readonly string[],
  { server }: Pick<Config, 'server'>,
  { dashgate, redirectListen }: Listening,
  front: string,
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
    throw unfit(
      ['server', 'public_url'],
      `${server.publicUrl.origin} has ${front} listen on ${clash}, ${where}; set server.public_url to where browsers find ${front}, as https://dash.example.com, and name ${front} in server.trusted_proxies, as ["127.0.0.1"]`,
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
