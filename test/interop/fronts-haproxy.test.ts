import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { startProgram } from '../support/start-program.ts';
import { tempDir } from '../support/temp-dir.ts';
import type { Front } from './fronts/envoy.ts';
import type { Places } from './fronts/printed.ts';
import { promises } from './fronts/promises.ts';
import { routed } from './fronts/traefik.ts';

const DOCS = join(import.meta.dirname, '../../docs/fronts.md');

/** The real HAProxy with what docs/fronts.md says, at addresses of this test's. */
async function startHaproxy(places: Places): Promise<Front> {
  await using closing = new AsyncDisposableStack();
  const dir = closing.use(await tempDir());
  const port = await freePort();
  const [, said = ''] = /```haproxy\n([\s\S]*?)```/.exec(await readFile(DOCS, 'utf8')) ?? [];
  const here = said
    .replace(/bind .*/, `bind 127.0.0.1:${port}`)
    .replace('127.0.0.1:8080', `127.0.0.1:${places.public}`);
  const file = await dir.write('haproxy.cfg', here);
  const running = closing.use(await startProgram(program('haproxy'), ['-db', '-f', file]));
  // It says nowhere when it listens.
  await routed(port).catch((cause: unknown) => {
    throw new Error(
      `HAProxy takes no requests:
${running.output()}`,
      { cause },
    );
  });
  const all = closing.move();
  return { port, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

needs('haproxy')('HAProxy in front of dashgate itself', () => {
  promises(startHaproxy, { setsCookies: true });
});
