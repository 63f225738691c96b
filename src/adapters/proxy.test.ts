import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { compiled } from '../../test/support/a-request.ts';
import { OWN } from '../../test/support/own-paths.ts';
import { BadHeaders, BadTarget, NothingHere } from '../errors.ts';
import { compileTrusted, createPeerOf, LOCAL_PEERS } from '../lib/client-address.ts';
import { createPages } from '../login/pages/index.ts';
import { createClientAnswer } from './client-answer.ts';
import { createProxyAdapter } from './proxy.ts';

const apps = [compiled()];
const client = createClientAnswer({
  own: OWN,
  apps,
  pages: createPages(OWN, { title: '', footer: null, logo: null }),
  cookieName: 'dashgate',
});
const came = (url: string, headers: Record<string, string> = {}, method = 'GET'): IncomingMessage => {
  const all = { host: 'dash.example.com', ...headers };
  const incoming = {
    url,
    method,
    headers: all,
    rawHeaders: Object.entries(all).flat(),
    socket: { remoteAddress: '127.0.0.1' },
  };
  return incoming as Partial<IncomingMessage> as IncomingMessage;
};
const read = (incoming: IncomingMessage, peers: Parameters<typeof compileTrusted>[0] = []) => {
  const adapter = createProxyAdapter({
    ...{ apps, trusted: compileTrusted(peers), peerOf: createPeerOf('tcp'), client },
    follow: () => () => {},
  });
  const request = adapter.read(incoming, adapter.idOf(incoming));
  if (request === 'app-mismatch') throw new Error('no front has named an app');
  return request;
};

describe('a request that came by itself', () => {
  it('is read from its own line and headers', () => {
    expect(read(came('/hr?x', {}, 'DELETE'))).toMatchObject({
      method: 'DELETE',
      target: { path: '/hr', query: '?x' },
      app: { name: 'sales' },
      need: [{ app: 'sales', name: 'hr' }],
      clientAddress: '127.0.0.1',
    });
  });

  it('says nothing of its address, its id or another target, unless its peer is trusted', () => {
    const headers = {
      'x-forwarded-for': '203.0.113.9',
      'x-request-id': 'front-42-abc',
      'x-original-uri': '/open',
      'x-forwarded-host': 'other.example.com',
    };
    const untrusted = read(came('/hr', headers));
    expect(untrusted).toMatchObject({ clientAddress: '127.0.0.1', target: { path: '/hr', host: 'dash.example.com' } });
    expect(untrusted.id).not.toBe('front-42-abc');
    expect(read(came('/hr', headers), LOCAL_PEERS)).toMatchObject({
      clientAddress: '203.0.113.9',
      id: 'front-42-abc',
      target: { path: '/hr', host: 'dash.example.com' },
    });
  });

  it.each([
    ['a host without apps', came('/', { host: 'evil.example.com' }), NothingHere],
    ['an absolute target', came('http://dash.example.com/'), BadTarget],
    ['dots', came('/a/../hr'), BadTarget],
    ['no host', came('/', { host: '' }), BadTarget],
    ['two hosts', Object.assign(came('/'), { rawHeaders: ['Host', 'dash.example.com', 'host', 'x'] }), BadHeaders],
  ])('is refused with %s', (_what, incoming, error) => {
    expect(() => read(incoming)).toThrow(error);
  });

  it.each([
    [{ connection: 'Upgrade', upgrade: 'websocket' }, true],
    [{ connection: 'keep-alive, upgrade', upgrade: 'WebSocket' }, true],
    [{ connection: 'Upgrade', upgrade: 'h2c' }, false],
    [{ connection: 'upgrade' }, false],
    [{}, false],
  ])('%o asks for an upgrade: %s', (headers, expected) => {
    expect(read(came('/', headers)).isUpgrade).toBe(expected);
  });
});
