import { BadHeaders, BadTarget } from '../errors.ts';
import { appInAddress, beginsWebsocket, frontInAddress, nginxWords, type Words } from './front.ts';
import { one } from './incoming.ts';

/**
 * The words of ingress-nginx, whose `auth-url` hands on the client's own headers beside a few of its own: only those that it
 * always writes itself count, `X-Original-URL` and `X-Original-Method`.
 */
const ingressWords: Words = (incoming) => {
  const { headers, url } = incoming;
  const method = one(headers['x-original-method']);
  // `https://host/path`: the host as the client wrote it, the path undecoded.
  const [, host, uri] = /^https?:\/\/([^/?#]*)(\/.*)$/s.exec(one(headers['x-original-url']) ?? '') ?? [];
  return {
    uri,
    host,
    method,
    app: appInAddress(url),
    isUpgrade: beginsWebsocket(method ?? '', incoming),
    handsOn: true,
  };
};

/** The front that the address names, `?front=`; nginx itself where it names none. */
export const isIngress = (url?: string): boolean => frontInAddress(url) === 'ingress-nginx';

/**
 * nginx, or ingress-nginx where the address says so. An ingress-nginx whose address does not say so is refused: it would pass
 * on the words of nginx as any client wrote them.
 */
export const anyNginxWords: Words = (incoming) => {
  const front = frontInAddress(incoming.url);
  if (front === 'ingress-nginx') return ingressWords(incoming);
  if (front !== null) throw new BadTarget('the address names a front that is not known; ingress-nginx is');
  if (incoming.headers['x-sent-from'] !== undefined)
    throw new BadHeaders('ingress-nginx asked as if it were nginx; write front=ingress-nginx into its auth-url');
  return nginxWords(incoming);
};
