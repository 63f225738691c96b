import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { OWN } from '../../test/support/own-paths.ts';
import { listening } from '../../test/support/proxy-stage.ts';
import { raw } from '../../test/support/raw.ts';
import { createPublic } from './public.ts';

const says = (word: string) => (_incoming: IncomingMessage, response: ServerResponse) => void response.end(word);
const ask = async (target: string, more = '') => {
  const { request, upgrade } = createPublic({
    own: OWN,
    ownPages: says('ours'),
    wayBack: {
      isCandidate: ({ url }) => url === '/back?state=x&code=y' || url === '/back?state=z&code=y',
      find: async ({ url = '' }) => (url.includes('state=x') ? `/_dashgate${url}` : null),
    },
    doors: { isDoor: ({ url }) => url === '/api/1/serverInfo', answer: says('door') },
    signpost: ({ url }) => (url === '/lost' ? 'http://x/found' : null),
    web: async (incoming, response) => says('theirs')(incoming, response),
    upgrade: async (_incoming, socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ntheirs'),
  });
  const server = createServer(request).on('upgrade', (incoming, socket: Socket, head) =>
    upgrade(incoming, socket, head),
  );
  return raw(await listening(server), `GET ${target} HTTP/1.1\r\nHost: x\r\n${more || 'Connection: close\r\n'}\r\n`);
};
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';

describe('the public listener', () => {
  it.each([
    ['/_dashgate', 'ours'],
    ['/_dashgate/login', 'ours'],
    ['/back?state=x&code=y', 'ours'],
    ['/back?state=z&code=y', 'theirs'],
    ['/back', 'theirs'],
    ['/_dashgate?x', 'ours'],
    ['/_DashGate/Auth/nginx', 'ours'],
    ['/_dashgate/../x', 'ours'],
    ['/', 'theirs'],
    ['/_dashgateway', 'theirs'],
    ['/x/_dashgate/login', 'theirs'],
    ['/?/_dashgate/login', 'theirs'],
  ])('%s is %s', async (target, whose) => {
    expect((await ask(target))?.body).toBe(whose);
  });

  it('shows the way', async () => {
    const answer = await ask('/lost');
    expect([answer?.status, answer?.headers.get('location')]).toEqual([302, 'http://x/found']);
  });

  it('upgrades nothing of our own', async () => {
    expect((await ask('/_dashgate/login', UPGRADE))?.status).toBe(404);
    expect((await ask('/live', UPGRADE))?.body).toBe('theirs');
  });
});
