import type { App } from '../access/app.ts';
import type { Upstream as UpstreamAddress } from '../config/schema/app-address.ts';

/** Which addresses in the head of an answer are put as browsers find them. */
export interface Rewritten {
  readonly location: boolean;
  readonly cookiePath: boolean;
  readonly cookieDomain: boolean;
}

/** A header of an upstream's answer as the client is to get it. @param name - lower-cased */
export type PublicAnswer = (name: string, value: string) => string;

/**
 * For an upstream that knows no address but its own. Its path takes the place of the app's prefix, so the prefix takes that of its
 * path; what lies outside of that path, at another host, or is relative, stays as it is.
 */
export function createPublicAnswer(
  { origin, host, prefix }: Pick<App, 'origin' | 'host' | 'prefix'>,
  upstream: UpstreamAddress,
  { location, cookiePath, cookieDomain }: Rewritten,
): PublicAnswer {
  const from = upstream.path ?? prefix;
  // Told the public host, it may take its own scheme for the one that browsers use.
  const meant = new Set([`http://${host}`, `https://${host}`, ...(upstream.kind === 'tcp' ? [upstream.origin] : [])]);
  const hosts = new Set([...meant].map((each) => each.slice(each.indexOf('/'))));

  const publicPath = (path: string): string => {
    if (path.startsWith(from)) return prefix + path.slice(from.length);
    const bare = from.slice(0, -1);
    const isBare = bare !== '' && path.startsWith(bare) && /^(?:$|[?#])/.test(path.slice(bare.length));
    return isBare ? (prefix.slice(0, -1) || '/') + path.slice(bare.length) : path;
  };
  /** What stands behind the path that is taken away may itself look like a host to a browser, which it was none before. */
  const atSameHost = (path: string): string => (LIKE_A_HOST.test(path) ? origin + path : path);
  const place = (value: string): string => {
    const [, scheme = '', authority, rest = ''] = /^(https?:)?(\/\/[^/?#\\]*)(.*)$/is.exec(value) ?? [];
    if (authority === undefined) return value.startsWith('/') ? atSameHost(publicPath(value)) : value;
    const isMeant = scheme === '' ? hosts.has(authority.toLowerCase()) : meant.has((scheme + authority).toLowerCase());
    return isMeant ? origin + publicPath(rest.startsWith('/') ? rest : `/${rest}`) : value;
  };
  const cookie = (value: string): string =>
    value
      .split(';')
      .map((part, index) => (index === 0 ? part : attribute(part)))
      .join(';');
  const attribute = (part: string): string => {
    const at = part.indexOf('=') + 1;
    const [name, text] = [part.slice(0, at).toLowerCase(), part.slice(at).trim()];
    if (cookiePath && /^\s*path\s*=$/.test(name)) return part.slice(0, at) + publicPath(text);
    const isTheirs = upstream.kind === 'tcp' && text.replace(/^\./, '').toLowerCase() === upstream.host;
    if (cookieDomain && isTheirs && /^\s*domain\s*=$/.test(name)) return part.slice(0, at) + host.replace(/:\d+$/, '');
    return part;
  };
  return (name, value) => {
    if (name === 'set-cookie') return cookiePath || cookieDomain ? cookie(value) : value;
    if (!location) return value;
    if (name === 'location' || name === 'content-location') return place(value);
    return name === 'refresh' ? value.replace(REFRESH, (_, before: string, url: string) => before + place(url)) : value;
  };
}

/** As browsers read it: they drop tabs and line ends, and take `\` for `/` (WHATWG URL, "relative slash state"). */
const LIKE_A_HOST = /^\/[\t\n\r]*[/\\]/;

/** `5; url=/x`, as browsers read it (WHATWG HTML, "shared declarative refresh steps"). */
const REFRESH = /^(\s*(?:[\d.]+\s*)?[;,]\s*(?:url\s*=\s*)?["']?)([^"']+)/i;
