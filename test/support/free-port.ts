import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/**
 * A port of 127.0.0.1 for a program that cannot be told "port 0". Taken from below the range that the system hands out
 * by itself (32768 and up on Linux), so that no outgoing connection takes it in between.
 * @param below - for a program that takes a further one above it
 */
export async function freePort(below = 32_000): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = randomInt(10_000, below);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port after 50 tries');
}
