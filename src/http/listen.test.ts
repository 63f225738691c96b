import { statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listening } from '../../test/support/proxy-stage.ts';
import { raw } from '../../test/support/raw.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { Listen } from '../config/schema/address.ts';
import { ConfigInvalid } from '../errors.ts';
import { listenOn } from './listen.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

function start(at: Listen): Promise<Listen> {
  const server = createServer((_request, response) => response.end('here'));
  onTestFinished(() => void server.close().closeAllConnections());
  return listenOn(server, at, 'server.listen');
}
const tcp = (port: number, host = '127.0.0.1'): Listen => ({ kind: 'tcp', host, port });

describe('listening', () => {
  it('on port 0 tells the port that it was given', async () => {
    const at = await start(tcp(0));
    expect(at).toMatchObject({ kind: 'tcp', host: '127.0.0.1', port: expect.any(Number) });
    expect(at.kind === 'tcp' && (await raw(at.port, GET))?.body).toBe('here');
  });

  it('on a unix socket lets the group in, and nobody else', async () => {
    await using dir = await tempDir();
    const path = dir.file('a.sock');
    await start({ kind: 'unix', path });
    expect(statSync(path).mode & 0o777).toBe(0o660);
    expect((await raw(path, GET))?.body).toBe('here');
  });

  it('takes over the socket of a process that was killed', async () => {
    await using dir = await tempDir();
    const path = dir.file('a.sock');
    const dead = createNetServer();
    await listening(dead, path);
    // What SIGKILL leaves behind: the name, with nobody behind it.
    await dir.write('keep', '');
    const { linkSync, renameSync } = await import('node:fs');
    linkSync(path, dir.file('b.sock'));
    const closed = Promise.withResolvers<void>();
    dead.close(() => closed.resolve());
    await closed.promise;
    renameSync(dir.file('b.sock'), path);
    await start({ kind: 'unix', path });
    expect((await raw(path, GET))?.body).toBe('here');
  });

  it.each<[string, (dir: string) => Promise<Listen>, RegExp]>([
    [
      'a port that is taken',
      async () => tcp(await listening(createNetServer())),
      /^server\.listen: cannot listen on 127\.0\.0\.1:\d+: another program has it already \(is another dashgate running\?\); stop/,
    ],
    ['an address of another machine', async () => tcp(0, '192.0.2.1'), /has no such address; name one/],
    [
      'a socket that is in use',
      async (dir) => {
        await listening(createNetServer(), `${dir}/a.sock`);
        return { kind: 'unix', path: `${dir}/a.sock` };
      },
      /another program listens on .*a\.sock already; stop it first/,
    ],
    [
      'a file that is no socket',
      async (dir) => {
        writeFileSync(`${dir}/notes.txt`, 'precious');
        return { kind: 'unix', path: `${dir}/notes.txt` };
      },
      /notes\.txt is there already and is no socket; name another/,
    ],
    [
      'a folder that is not there',
      async (dir) => ({ kind: 'unix', path: `${dir}/no/a.sock` }),
      /cannot listen on unix:/,
    ],
  ])('is refused on %s, in words that say what to do', async (_what, make, message) => {
    await using dir = await tempDir();
    const at = await make(dir.path);
    await expect(start(at)).rejects.toThrow(ConfigInvalid);
    await expect(start(at)).rejects.toThrow(message);
  });
});
