import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { program } from '../programs.ts';
import { startGunicorn } from '../start-gunicorn.ts';
import { startNginx } from '../start-nginx.ts';
import { startProgram } from '../start-program.ts';

const folder = import.meta.dirname;

/** A site with parts by path, by a real server: each answer says in `X-Part` which part it is of. */
export interface PathServer extends AsyncDisposable {
  readonly port: number;
}

export const SERVERS = { flask, tornado, starlette, nginx };

function flask(): Promise<PathServer> {
  return startGunicorn(folder, {}, 'flask_app:server');
}

function starlette(): Promise<PathServer> {
  const more = ['--worker-class', 'uvicorn_worker.UvicornWorker'];
  return startGunicorn(folder, {}, 'starlette_app:server', { python: program('dash4'), more });
}

async function tornado(): Promise<PathServer> {
  const port = await freePort();
  const args = [join(folder, 'tornado_app.py'), `${port}`];
  const running = await startProgram(program('python'), args, { ready: /ready/ });
  return { ...running, port };
}

/** `location` as it is written most often: prefixes, an exact path, and a regex without regard to case. */
async function nginx(): Promise<PathServer> {
  const port = await freePort();
  const part = (name: string): string => `{ add_header X-Part ${name} always; return 200 ${name}; }`;
  const locations = ['', '/kept'].flatMap((prefix) => [
    `location = ${prefix}/hr ${part('hr')}`,
    `location ^~ ${prefix}/hr/ ${part('hr')}`,
    `location ~* ^${prefix}/reports/[^/]*\\.csv$ ${part('reports')}`,
    `location "${prefix}/a b/" ${part('blank')}`,
    `location ${prefix}/über/ ${part('umlaut')}`,
  ]);
  const conf = `server { listen 127.0.0.1:${port}; ${locations.join('\n')} location / ${part('other')} }`;
  const running = await startNginx(conf);
  return { port, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}
