import { readFileSync } from 'node:fs';
import { freePort } from '../../test/support/free-port.ts';
import { type Nginx, startNginx } from '../../test/support/start-nginx.ts';
import { childrenOf } from './usage.ts';

/** The worker of an nginx: there is one, where its configuration says nothing else. */
export const workersOf = ({ dir }: Nginx): number[] =>
  childrenOf(Number(readFileSync(dir.file('nginx.pid'), 'utf8').trim()));

/** An nginx that asks before it forwards, as the documentation of whoever answers has it. */
export interface Site {
  readonly name: string;
  /** As an nginx upstream names it: `127.0.0.1:8081`, `unix:/path`; `null`: nobody is asked. */
  readonly check: string | null;
  readonly uri?: string;
  /** Directives: what it is told of the request, beside the client's own headers. */
  readonly question?: string;
}

const site = ({ check, uri = '/', question = '' }: Site, index: number, port: number): string => `
upstream check_${index} { server ${check ?? '127.0.0.1:9'}; keepalive 64; keepalive_requests 10000000; }
server {
  listen 127.0.0.1:${port};
  keepalive_requests 10000000;
  location / {
    ${check === null ? '' : 'auth_request /_check; auth_request_set $who $upstream_http_x_dashgate_user; proxy_set_header X-User $who;'}
    proxy_pass http://app;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
  }
  location = /_check {
    internal;
    proxy_pass http://check_${index}${uri};
    proxy_pass_request_body off;
    proxy_http_version 1.1;
    proxy_set_header Content-Length "";
    proxy_set_header Connection "";
    ${question}
  }
}`;

/** One nginx with one worker, and a port for each site, so that they differ in who is asked and in nothing else. */
export async function startFront(
  sites: readonly Site[],
  app: string,
  closing: AsyncDisposableStack,
): Promise<(name: string) => string> {
  const ports = new Map<string, number>();
  for (const { name } of sites) ports.set(name, await freePort());
  const servers = sites.map((each, index) => site(each, index, ports.get(each.name) ?? 0)).join('\n');
  closing.use(
    await startNginx(`upstream app { server ${app}; keepalive 64; keepalive_requests 10000000; }\n${servers}`),
  );
  return (name) => `http://127.0.0.1:${ports.get(name)}/`;
}
