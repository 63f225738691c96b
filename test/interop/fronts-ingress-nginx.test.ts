import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { IDENTITY_HEADERS, UNTRUSTED } from '../../src/lib/untrusted-headers.ts';
import { freePort } from '../support/free-port.ts';
import { basicOf, type Gate, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { type Nginx, startNginx } from '../support/start-nginx.ts';
import { tempDir } from '../support/temp-dir.ts';
import { printed } from './fronts/printed.ts';

interface Told {
  readonly url: string;
  readonly signIn: string;
  readonly redirectParam: string;
  readonly responseHeaders: readonly string[];
}

/**
 * A stand-in for ingress-nginx, which no registry has: the real nginx, with the locations that its controller makes of these
 * annotations. It writes few headers of the question itself, and hands on all of the client's.
 */
const standIn = (port: number, gate: Gate, { url, signIn, redirectParam, responseHeaders }: Told): string => `
server {
  listen 127.0.0.1:${port};
  server_name dash.example.com;
  location = /_external-auth {
    internal;
    proxy_pass_request_body off;
    proxy_set_header Content-Length "";
    proxy_set_header X-Forwarded-Proto "";
    proxy_set_header X-Request-ID $request_id;
    proxy_set_header Host dashgate;
    proxy_set_header X-Original-URL $scheme://$http_host$request_uri;
    proxy_set_header X-Original-Method $request_method;
    proxy_set_header X-Sent-From "nginx-ingress-controller";
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Auth-Request-Redirect $request_uri;
    proxy_buffer_size 64k;
    proxy_buffers 4 64k;
    proxy_busy_buffers_size 64k;
    proxy_pass ${url.replace(/^http:\/\/[^/]+/, `http://127.0.0.1:${gate.check}`)};
  }
  location @sign_in {
    return 302 ${signIn}?${redirectParam}=$scheme://$http_host$request_uri;
  }
  location / {
    auth_request /_external-auth;
    error_page 401 = @sign_in;
    proxy_headers_hash_max_size 2048;
    proxy_headers_hash_bucket_size 128;
${responseHeaders.map((name, i) => `    auth_request_set $told_${i} $upstream_http_${name.toLowerCase().replaceAll('-', '_')};\n    proxy_set_header '${name}' $told_${i};`).join('\n')}
    proxy_set_header Host $http_host;
    proxy_set_header X-Request-ID $request_id;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Port 80;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Scheme $scheme;
    proxy_set_header X-Scheme $scheme;
    proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;
    proxy_set_header Proxy "";
    proxy_pass http://127.0.0.1:${gate.upstream.port};
  }
}`;

needs('nginx')('ingress-nginx, as init kubernetes tells it (a stand-in: not run against the real one)', () => {
  let gate: Gate;
  let nginx: Nginx;
  let port: number;
  beforeAll(async () => {
    gate = await startGate({ server: { check_listen: '127.0.0.1:0', trusted_proxies: ['127.0.0.1'] } });
    await using dir = await tempDir();
    const objects = await printed(dir, 'ingress-nginx');
    const { annotations = {} } = objects.find(({ metadata }) => metadata.name === 'dashgate-app-sales')?.metadata ?? {};
    const said = (name: string): string => annotations[`nginx.ingress.kubernetes.io/${name}`] ?? '';
    port = await freePort();
    const told = {
      ...{ url: said('auth-url'), signIn: said('auth-signin'), redirectParam: said('auth-signin-redirect-param') },
      responseHeaders: said('auth-response-headers').split(','),
    };
    nginx = await startNginx(standIn(port, gate, told));
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await gate?.[Symbol.asyncDispose]();
  });
  beforeEach(() => gate.upstream.clear());

  const ask = async (path: string, headers: readonly string[] = []) => {
    const head = [`GET ${path} HTTP/1.1`, `Host: ${gate.host}`, 'Connection: close', ...headers, '', ''].join('\r\n');
    const answer = await raw(port, head, 15_000);
    if (!answer) throw new Error('no answer');
    return answer;
  };

  it('nobody is let in without a session, and the login page leads back', async () => {
    const { status, headers } = await ask('/hr?a=1');
    const to = new URL(headers.get('location') ?? '');
    expect([status, to.origin, to.pathname]).toEqual([302, gate.origin, '/_dashgate/login']);
    expect(to.searchParams.get('return_to')).toBe(`${gate.origin}/hr?a=1`);
    expect((await ask('/hr', [`Authorization: ${basicOf('mike')}`])).status).toBe(403);
    expect(gate.upstream.seen).toEqual([]);
  });

  it('the dashboard is told who it is, and gets neither our cookie nor the password', async () => {
    const cookie = await gate.signIn('hanna');
    expect((await ask('/hr', [`Cookie: theme=dark; ${cookie}`])).status).toBe(200);
    expect(gate.upstream.last().headers).toMatchObject({ 'x-dashgate-user': 'hanna', cookie: 'theme=dark' });
    expect((await ask('/hr', [`Authorization: ${basicOf('hanna')}`])).status).toBe(200);
    expect(gate.upstream.last().headers).not.toHaveProperty('authorization');
  });

  it('nothing that a client says under a reserved name arrives as it is', async () => {
    const names = [...IDENTITY_HEADERS, ...UNTRUSTED, 'X-My-User', 'X-My-Email'].filter(
      (name) => !/^(?:proxy-|trailer|http2-)/i.test(name),
    );
    for (let from = 0; from < names.length; from += 40) {
      const forged = names.slice(from, from + 40).map((name) => `${name}: forged`);
      const { status } = await ask('/robots.txt', forged);
      // Two of a header that the question hangs on are one too many.
      if (status !== 200) continue;
      const arrived = Object.entries(gate.upstream.last().headers).filter(([, value]) => value === 'forged');
      expect(arrived.filter(([name]) => name !== 'x-original-forwarded-for')).toEqual([]);
    }
    expect(gate.upstream.seen.length).toBeGreaterThan(0);
  });

  // The words of nginx, which ingress-nginx passes on as any client wrote them.
  it('no header of a client changes what is judged', async () => {
    const words = ['X-Original-URI: /robots.txt', 'X-Original-Method: GET', `X-Forwarded-Host: ${gate.host}`];
    for (const more of [[], ['X-Dashgate-App: sales'], ['X-Original-URL: http://dash.example.com/robots.txt']])
      expect([302, 403]).toContain((await ask('/hr', [...words, ...more])).status);
    expect(gate.upstream.seen).toEqual([]);
  });

  it.each(['/open/../hr', '//hr', '/open/..%2fhr', '/hr;x', '/%68r'])(
    '%s leads nobody to what is guarded',
    async (path) => {
      await ask(path, [`Cookie: ${await gate.signIn('mike')}`]);
      expect(gate.upstream.seen).toEqual([]);
    },
  );
});
