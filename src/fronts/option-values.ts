import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { UsageError } from '../errors.ts';

/**
 * Relative names a front looks up where it likes, and `data:` or `syslog:` it does not take for files.
 * @param whose - the front that opens it: `nginx`
 * @throws UsageError
 */
export function absolute(flag: string, name: string, whose: string): string {
  if (!isAbsolute(name))
    throw new UsageError(`--${flag}: is not an absolute path; write it as ${whose}'s machine names it`);
  return name;
}

/** Where a front is to listen: `443`, `127.0.0.1:443`, `[::1]:443`, parted by commas. Throws UsageError. */
export function addresses(flag: string, text: string | undefined, whose: string): string[] | undefined {
  return text?.split(',').map((at) => {
    const [, ip = '', port = ''] = /^(?:([\d.]+|\[[\da-fA-F:.]+\]|\*):)?(\d{1,5})$/.exec(at.trim()) ?? [];
    const isHost = ip === '' || ip === '*' || isIP(ip.replace(/^\[|\]$/g, '')) !== 0;
    if (port === '' || !isHost || Number(port) < 1 || Number(port) > 65_535) {
      throw new UsageError(`--${flag}: is not an address for ${whose}; write 443, 127.0.0.1:443 or [::1]:443`);
    }
    return at.trim();
  });
}

/** @throws UsageError */
export function host(flag: string, text: string): string {
  if (!/^[A-Za-z0-9.-]{1,253}$|^[\da-fA-F:]{2,39}$/.test(text))
    throw new UsageError(`--${flag}: is not a host name or address`);
  return text;
}
