import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { OWN } from '../../test/support/own-paths.ts';
import { listening } from '../../test/support/proxy-stage.ts';
import { raw } from '../../test/support/raw.ts';
import { compileTrusted, createPeerOf, LOCAL_PEERS } from '../lib/client-address.ts';
import { createOwnPaths } from '../lib/own-paths.ts';
import { createCheck } from './check.ts';

const says = (word: string) => async (_incoming: IncomingMessage, response: ServerResponse) => void response.end(word);
const ask = async (line: string, peers = LOCAL_PEERS, more = '', at = OWN.check) => {
  const check = createCheck({
    at,
    peers: compileTrusted(peers),
    peerOf: createPeerOf('tcp'),
    nginx: says('nginx'),
    refuse: says('refuse'),
    forward: says('forward'),
    envoy: says('envoy'),
  });
  const answer = await raw(
    await listening(createServer(check)),
    `${line} HTTP/1.1\r\nHost: x\r\n${more}Connection: close\r\n\r\n`,
  );
  return [answer?.status, answer?.body];
};

describe('the check listener', () => {
  it.each([
    ['GET /_dashgate/auth/nginx', 200, 'nginx'],
    ['GET /_dashgate/auth/nginx?app=sales', 200, 'nginx'],
    ['GET /_dashgate/auth/refuse', 200, 'refuse'],
    ['POST /_dashgate/auth/refuse', 200, 'refuse'],
    ['POST /_dashgate/auth/nginx', 403, ''],
    ['GET /_dashgate/auth/forward?app=sales', 200, 'forward'],
    ['POST /_dashgate/auth/forward?app=sales', 403, ''],
    ['GET /_dashgate/auth/forward/', 404, ''],
    ['POST /_dashgate/auth/envoy/sales/a?b', 200, 'envoy'],
    ['GET /_dashgate/auth/envoy', 404, ''],
    ['GET /_dashgate/auth/nginx/', 404, ''],
    ['GET /_dashgate/AUTH/nginx', 404, ''],
    ['GET /_dashgate/login', 404, ''],
    ['GET /', 404, ''],
  ])('%s: %i', async (line, status, body) => {
    expect(await ask(line)).toEqual([status, body]);
  });

  it('is asked at the prefix of the configuration, and at no other', async () => {
    const { check } = createOwnPaths('/gate');
    expect(await ask('GET /gate/auth/nginx', LOCAL_PEERS, '', check)).toEqual([200, 'nginx']);
    expect(await ask('GET /_dashgate/auth/nginx', LOCAL_PEERS, '', check)).toEqual([404, '']);
  });

  it('answers nobody but a front that it trusts, whatever that one says of itself', async () => {
    const forged = 'X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\n';
    expect(await ask('GET /_dashgate/auth/nginx', [], forged)).toEqual([403, '']);
    expect(await ask('GET /_dashgate/auth/nginx', [{ kind: 'unix' }], forged)).toEqual([403, '']);
  });
});
