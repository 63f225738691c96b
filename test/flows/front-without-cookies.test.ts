import { expect, it } from 'vitest';
import { startGate } from '../support/gate.ts';
import { raw } from '../support/raw.ts';

/** Envoy Gateway and a plain Caddy hand on no `Set-Cookie` of a request that is let through. */
it('a session stays in use behind a front that passes no renewed cookie on, until its absolute end', async () => {
  await using gate = await startGate({ session: { idle_timeout: '1h', lifetime: '8h' } });
  const cookie = await gate.signIn('mike');
  const ask = async (): Promise<number | undefined> => {
    const head = `GET /_dashgate/auth/envoy/wiki/wiki/ HTTP/1.1\r\nHost: ${gate.host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`;
    return (await raw(gate.check, head))?.status;
  };
  for (let hour = 0; hour < 7; hour += 1) {
    gate.advance(58 * 60_000);
    expect(await ask(), `after ${hour + 1} times 58 minutes`).toBe(200);
  }
  gate.advance(90 * 60_000);
  expect(await ask()).toBe(401);
});
