import { type Origin, originOf, readUrl } from './address.ts';
import { Refused, readSocketPath, text } from './values.ts';

/** Where an app is public, as written: with a host of its own, or below `server.public_url`. */
export type At = { origin: Origin | null; prefix: string };

/**
 * Where an app answers. `path` begins and ends with `/` and takes the place of the app's public prefix;
 * `null`: the path goes upstream as it came.
 */
export type Upstream =
  | { kind: 'tcp'; protocol: 'http:' | 'https:'; origin: string; host: string; port: number; path: string | null }
  | { kind: 'unix'; socketPath: string; path: string | null };

const SEGMENT = /^[A-Za-z0-9._~!$&'()*+,=:@-]+$/;

/** @returns the path with a slash at either end; what a request could spell in two ways is refused */
function readPrefix(path: string): string | Refused {
  const segments = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  const plain = segments.every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..');
  if (path === '/' || path === '') return '/';
  if (!path.startsWith('/') || !plain || path.length > 1024)
    return new Refused('has a path that is not plain; use letters, digits, - . _ and ~ between slashes, as /sales/');
  return `/${segments.join('/')}/`;
}

const pathOf = (url: string): string => url.replace(/^https?:\/\/[^/]*/i, '');

/** Many hosts are those of one label before a name that has two at least, so that nobody else has a name among them. */
function refuseHosts({ hostname }: URL): Refused | null {
  if (!hostname.includes('*') || /^\*(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?){2,}$/.test(hostname)) return null;
  return new Refused(
    'has a * that is not the whole first label before two others at least; write it as https://*.dash.example.com/',
  );
}

export const at = text('URL or path', (given): At | Refused => {
  const isUrl = /^https?:/i.test(given);
  if (!isUrl && !given.startsWith('/'))
    return new Refused('is neither a URL nor a path; write https://host/path/ or /path/');
  const url = isUrl ? readUrl(given) : null;
  if (url instanceof Refused) return url;
  const manifold = url === null ? null : refuseHosts(url);
  if (manifold) return manifold;
  const prefix = readPrefix(url ? pathOf(given) : given);
  return prefix instanceof Refused ? prefix : { origin: url && originOf(url), prefix };
});

function readUnix(given: string): Upstream | Refused {
  const [socket = '', path, ...more] = given.slice('unix:'.length).split(':');
  const socketPath = readSocketPath(socket);
  if (socketPath instanceof Refused) return socketPath;
  if (more.length > 0)
    return new Refused('has more than one path; write unix:/run/app.sock or unix:/run/app.sock:/path/');
  const prefix = path === undefined ? null : readPrefix(path);
  return prefix instanceof Refused ? prefix : { kind: 'unix', socketPath, path: prefix };
}

export const upstream = text('URL or `unix:`', (given): Upstream | Refused => {
  if (given.startsWith('unix:')) return readUnix(given);
  const url = readUrl(given);
  if (url instanceof Refused)
    return url.why.startsWith('is not')
      ? new Refused('is not an upstream; write http://host:port, https://host:port or unix:/path.sock')
      : url;
  const prefix = pathOf(given) === '' ? null : readPrefix(pathOf(given));
  if (prefix instanceof Refused) return prefix;
  const isHttps = url.protocol === 'https:';
  return {
    kind: 'tcp',
    protocol: isHttps ? 'https:' : 'http:',
    origin: url.origin,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isHttps ? 443 : 80) : Number(url.port),
    path: prefix,
  };
});
