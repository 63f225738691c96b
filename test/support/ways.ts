import { describe } from 'vitest';
import { initNginx } from '../../src/cli/init.ts';
import { freePort } from './free-port.ts';
import { type Gate, type GateOptions, startGate } from './gate.ts';
import { needs } from './needs.ts';
import { startNginx } from './start-nginx.ts';

/** How dashgate stands before a dashboard: it is the reverse proxy itself, or the real nginx asks it. */
export type Way = 'proxy' | 'nginx';

/** The same promises, one way and the other. */
export function bothWays(name: string, suite: (way: Way) => void): void {
  describe(`${name}, by the proxy way`, () => suite('proxy'));
  needs('nginx')(`${name}, behind nginx`, () => suite('nginx'));
}

/** A dashgate whose public address is on that port of 127.0.0.1, with what `init nginx` prints before it where that is the way. */
export async function startGateBy(way: Way, port: number, options: GateOptions): Promise<Gate> {
  const publicUrl = `http://127.0.0.1:${port}`;
  const listen = `127.0.0.1:${way === 'nginx' ? await freePort() : port}`;
  const trusted = way === 'nginx' && { trusted_proxies: ['127.0.0.1'] };
  await using closing = new AsyncDisposableStack();
  const gate = closing.use(
    await startGate({ ...options, publicUrl, server: { listen, ...trusted, ...options.server } }),
  );
  if (way === 'proxy') {
    closing.move();
    return gate;
  }
  closing.use(
    await startNginx(
      await initNginx(gate.config, {
        ...{ listen: [`127.0.0.1:${port}`], redirectListen: [] },
        accessLog: gate.dir.file('access.log'),
      }),
    ),
  );
  const all = closing.move();
  return Object.create(gate, { [Symbol.asyncDispose]: { value: () => all.disposeAsync() } });
}
