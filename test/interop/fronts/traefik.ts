import { request } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { OwnPaths } from '../../../src/lib/own-paths.ts';
import { freePort } from '../../support/free-port.ts';
import { OWN } from '../../support/own-paths.ts';
import { frontProgram } from '../../support/programs.ts';
import { startProgram } from '../../support/start-program.ts';
import { tempDir } from '../../support/temp-dir.ts';
import type { Front } from './envoy.ts';
import { type Places, portOf, printed } from './printed.ts';

/** The real Traefik with the rules and middlewares that `init kubernetes` prints, from a file in place of a cluster. */
export async function startTraefik(places: Places): Promise<Front> {
  await using closing = new AsyncDisposableStack();
  const dir = closing.use(await tempDir());
  const objects = await printed(dir, 'traefik');
  const rules = objects.filter(({ kind }) => kind === 'IngressRoute').flatMap(({ spec }) => spec.routes);
  const middlewares = objects
    .filter(({ kind }) => kind === 'Middleware')
    .map(({ metadata: { name }, spec: { forwardAuth } }) => {
      const address = here(forwardAuth?.address ?? '', places.check);
      return [name, { forwardAuth: { ...forwardAuth, address } }];
    });
  const config = {
    http: {
      routers: Object.fromEntries(
        rules.map(({ match, priority, services: [backend], middlewares: names = [] }, i) => [
          `rule-${i}`,
          {
            ...{ rule: match, priority, entryPoints: ['web'], middlewares: names.map(({ name }) => name) },
            service: `to-${portOf(backend ?? { name: '', port: 0 }, places)}`,
          },
        ]),
      ),
      middlewares: Object.fromEntries(middlewares),
      services: Object.fromEntries(
        Object.values(places).map((port) => [
          `to-${port}`,
          { loadBalancer: { servers: [{ url: `http://127.0.0.1:${port}` }] } },
        ]),
      ),
    },
  };
  const file = await dir.write('dynamic.yaml', stringify(config));
  const port = await freePort();
  const program = await startProgram(frontProgram('traefik'), [
    `--entryPoints.web.address=127.0.0.1:${port}`,
    ...[`--providers.file.filename=${file}`, '--log.level=INFO', '--global.checkNewVersion=false'],
  ]);
  closing.use(program);
  await routed(port).catch((cause: unknown) => {
    throw new Error(`Traefik takes no requests:\n${program.output()}`, { cause });
  });
  const all = closing.move();
  return { port, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const here = (address: string, port: number): string => address.replace(/^http:\/\/[^/]+/, `http://127.0.0.1:${port}`);

/** Traefik says nowhere when its routes are in force: until then it answers 404, or not at all. */
export async function routed(port: number, isHttps = false, { login }: Pick<OwnPaths, 'login'> = OWN): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const status = await new Promise<number>((resolve) => {
      const host = 'dash.example.com';
      const headers = { Host: isHttps ? `${host}:${port}` : host };
      const to = { port, path: login, headers, servername: host, rejectUnauthorized: false };
      const asking = (isHttps ? httpsRequest : request)(to, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      asking.once('error', () => resolve(0)).end();
    });
    if (status === 200) return;
    await wait(100);
  }
  throw new Error('no route within 30 s');
}
