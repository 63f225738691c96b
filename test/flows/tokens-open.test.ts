import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { Gate } from '../support/gate.ts';
import { AUDIENCE, type Issuer, startIssuer } from '../support/start-issuer.ts';
import { askTokens, BEARER_APPS, bearer, makeToken, startTokenGate } from '../support/tokens.ts';

let gate: Gate;
let issuer: Issuer;
let sockets: WebSocket[];
const settings = () => [{ id: 'ci', issuer: issuer.issuer, jwks_url: issuer.jwksUrl, audience: [AUDIENCE] }];
beforeEach(async () => {
  sockets = [];
  issuer = await startIssuer();
  gate = await startTokenGate({ token_issuers: settings() });
});
afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  await gate[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

async function open(token: string, path = '/live'): Promise<{ ended: Promise<number>; works(): Promise<boolean> }> {
  const socket = new WebSocket(`ws://127.0.0.1:${gate.port}${path}`, {
    headers: { ...bearer(token), Host: gate.host },
  });
  sockets.push(socket);
  const ended = once(socket, 'close').then(([code]) => Number(code));
  await once(socket, 'open');
  return {
    ended,
    async works() {
      const heard = once(socket, 'message');
      socket.send('x');
      return String((await heard)[0]) === 'x';
    },
  };
}

describe('a websocket that a token opened', () => {
  it('goes on for as long as the token does, and is no session in any list', async () => {
    const { token } = await makeToken(gate, 'hanna');
    const socket = await open(token);
    // Longer than sessions may be idle.
    gate.advance(2 * 3_600_000);
    expect(await socket.works()).toBe(true);
    const { body } = await askTokens(gate, await gate.signIn('hanna'), 'GET');
    expect(JSON.parse(body).tokens).toHaveLength(1);
  });

  it('ends within a second when the token is revoked, and no other does', async () => {
    const [mine, other] = [await makeToken(gate, 'hanna'), await makeToken(gate, 'hanna')];
    const [socket, kept] = [await open(mine.token), await open(other.token)];
    const cookie = await gate.signIn('hanna');
    await askTokens(gate, cookie, 'DELETE', undefined, `/${mine.id}`);
    const revokedMs = performance.now();
    expect(await socket.ended).toBe(4401);
    expect(performance.now() - revokedMs).toBeLessThan(1000);
    expect(await kept.works()).toBe(true);
  });

  it('ends when the token does, or its issuer’s', async () => {
    const { token } = await makeToken(gate, 'hanna', { lifetime: '10m' });
    const sockets = [await open(token), await open(await issuer.sign())];
    for (const socket of sockets) expect(await socket.works()).toBe(true);
    gate.advance(331_000);
    expect(await sockets[1]?.ended).toBe(4401);
    expect(await sockets[0]?.works()).toBe(true);
    gate.advance(270_000);
    expect(await sockets[0]?.ended).toBe(4401);
  });

  it('ends when its owner loses what it needs, or the configuration takes such tokens no more', async () => {
    const { token } = await makeToken(gate, 'hanna');
    const [guarded, plain] = [await open(token, '/hr/live'), await open(await issuer.sign())];
    const users = await readFile(gate.dir.file('users.yaml'), 'utf8');
    await gate.dir.write('users.yaml', users.replace('allowed_resources: [hr]', 'allowed_resources: []'));
    expect(await guarded.ended).toBe(4401);
    expect(await plain.works()).toBe(true);
    await gate.reconfigure({ apps: BEARER_APPS, token_issuers: [] });
    expect(await plain.ended).toBe(4401);
  });

  it('ends when all sessions of its owner do, as do the tokens', async () => {
    const { token } = await makeToken(gate, 'hanna');
    const socket = await open(token);
    const cookie = await gate.signIn('hanna');
    const answer = await gate.ask('/_dashgate/sessions', {
      method: 'DELETE',
      headers: { 'Content-Type': 'application/json', Cookie: cookie },
    });
    expect(answer.status).toBe(200);
    expect(await socket.ended).toBe(4401);
    expect((await gate.ask('/x', { headers: bearer(token) })).status).toBe(401);
    expect((await askTokens(gate, cookie, 'GET')).body).toBe('{"tokens":[]}');
  });
});
