import type { AppConfig } from '../config/schema/config.ts';
import { isManifold, originAsked } from './origin.ts';
import { literally } from './paths.ts';
import { Written, word } from './text.ts';

/**
 * Puts addresses in answers as browsers find them, as the proxy way does; what nobody asked for stays. nginx changes `Refresh` with
 * `Location`, and `Content-Location` never.
 */
export function rewriteLines({ at, upstream, rewrite }: AppConfig): Written {
  const { prefix } = at;
  const from = upstream.path ?? prefix;
  const redirects = rewrite?.location
    ? [...absolute(), ...atSameHost(), ...moved('proxy_redirect', '(?!/)', '(?=$|[?#])(.*)')]
    : [];
  return lines([
    ...(redirects.length > 0 ? redirects : ['proxy_redirect off']),
    ...(rewrite?.cookiePath ? moved('proxy_cookie_path', '', '()') : []),
    ...(rewrite?.cookieDomain && upstream.kind === 'tcp'
      ? [`proxy_cookie_domain ${word(upstream.host)} ${isManifold(at) ? '$host' : word(new URL(at.origin).hostname)}`]
      : []),
  ]);

  /** Those of the upstream itself, and the public host by either scheme, which it was told. */
  function absolute(): string[] {
    const asked = (isHttps: boolean) => (path: string) =>
      originAsked({ ...at, isHttps, origin: at.origin.replace(/^https?/, isHttps ? 'https' : 'http') }, path).text;
    const meant = [
      ...(upstream.kind === 'tcp' ? [(path: string) => word(upstream.origin + path)] : []),
      asked(!at.isHttps),
      ...(from === prefix ? [] : [asked(at.isHttps)]),
    ];
    const paths =
      from === '/'
        ? [[from, prefix]]
        : [
            [from, prefix],
            ['/', '/'],
          ];
    word(prefix + from);
    return meant.flatMap((write) =>
      paths.map(([theirs = '', ours = '']) => `proxy_redirect ${write(theirs)} ${originAsked(at, ours).text}`),
    );
  }

  /** Without the path before it, what follows might be a host to a browser, as in `/app//evil.example`: here it is a path of ours. */
  function atSameHost(): string[] {
    if (prefix !== '/' || from === prefix) return [];
    return [`proxy_redirect "~^${literally(from)}([^A-Za-z0-9?#%._~-].*)$" ${originAsked(at, '/$1').text}`];
  }

  /** What begins with their path. @param not - what may not follow the root, and `bare` what may follow their path without its slash */
  function moved(directive: string, not: string, bare: string): string[] {
    if (from === prefix) return [];
    const short = from.slice(0, -1);
    return [
      `${directive} "~^${literally(from)}${from === '/' ? not : ''}(.*)$" ${word(prefix, '$1')}`,
      ...(short === ''
        ? []
        : [`${directive} "~^${literally(short)}${bare}$" ${word(prefix.slice(0, -1) || '/', '$1')}`]),
    ];
  }
}

const lines = (directives: readonly string[]): Written => new Written(directives.map((each) => `${each};\n`).join(''));
