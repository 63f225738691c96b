import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

/** What our own pages may do: show themselves, their style and images, and send their forms back here. */
const protect = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
    },
  },
  frameguard: { action: 'deny' },
  referrerPolicy: { policy: 'same-origin' },
  // For the whole host, and so for whoever ends TLS to say, not for one of the services behind it.
  strictTransportSecurity: false,
});

/** Sets the headers of our own answers; never those of a dashboard. */
export function secure(incoming: IncomingMessage, response: ServerResponse): void {
  protect(incoming, response, (error) => {
    if (error) throw error;
  });
  response.setHeader('Cache-Control', 'no-store');
}

/** Lets a page of ours, whose headers are set, run one script. @param url - of that script and nothing else */
export function allowScript(response: ServerResponse, url: string): void {
  const policy = response.getHeader('Content-Security-Policy');
  response.setHeader('Content-Security-Policy', `${policy};script-src ${url}`);
}

/** Lets an answer of ours, whose headers are set, be in a frame. @param ancestors - sources of `frame-ancestors` (CSP3 §6.4.2) */
export function allowFrame(response: ServerResponse, ancestors: string): void {
  const policy = String(response.getHeader('Content-Security-Policy') ?? '');
  response.setHeader(
    'Content-Security-Policy',
    policy.replace("frame-ancestors 'none'", `frame-ancestors ${ancestors}`),
  );
  response.removeHeader('X-Frame-Options');
}

/** For a page that an operator wrote: styles of its own, and pictures and fonts from wherever it has them; still no script. */
export function allowOwnLook(response: ServerResponse): void {
  const policy = String(response.getHeader('Content-Security-Policy') ?? '');
  const own = policy
    .replace("style-src 'self'", "style-src 'self' 'unsafe-inline' https:")
    .replace("img-src 'self'", "img-src 'self' data: https:");
  response.setHeader('Content-Security-Policy', `${own};font-src 'self' data: https:`);
}

/** Lets the form of a page lead on to one more origin: browsers apply `form-action` to the redirects after it too (CSP3 §6.4.1). */
export function allowFormTo(response: ServerResponse, origin: string): void {
  const policy = String(response.getHeader('Content-Security-Policy') ?? '');
  response.setHeader('Content-Security-Policy', policy.replace("form-action 'self'", `form-action 'self' ${origin}`));
}
