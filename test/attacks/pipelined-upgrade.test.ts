import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { raw } from '../support/raw.ts';
import { startProgram } from '../support/start-program.ts';
import { tempDir } from '../support/temp-dir.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

/** A process of its own: an error that nobody catches ends it, as it would end the real one. */
it('a websocket behind another request on one connection neither ends the process nor overtakes the answer', async () => {
  await using dir = await tempDir();
  const port = await freePort();
  await using demo = await startProgram(
    process.execPath,
    [main, 'demo', '--listen', `127.0.0.1:${port}`, '--state', dir.file('state')],
    { ready: /Your own/ },
  );
  const host = `Host: 127.0.0.1:${port}\r\n`;
  const offer =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGVzdHRlc3R0ZXN0dGVzdA==\r\n';
  const first = `GET /api/overview HTTP/1.1\r\n${host}\r\n`;
  for (const credentials of ['', `Authorization: Basic ${Buffer.from('mica:1234').toString('base64')}\r\n`]) {
    const answer = await raw(port, `${first}GET /live HTTP/1.1\r\n${host}${credentials}${offer}\r\n`, 5000);
    expect(answer?.status).toBe(401);
  }
  expect((await raw(port, `GET / HTTP/1.1\r\n${host}Connection: close\r\n\r\n`))?.status).toBe(401);
  expect(demo.output()).not.toMatch(/ERR_|Error/);
});
