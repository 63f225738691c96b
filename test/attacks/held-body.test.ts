import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callback, slot } from '../support/dash-sections/send.ts';
import { type Stage, stageSections } from '../support/dash-sections/stage.ts';
import { type Gate, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';

// Whoever has a cookie can begin requests, and hold back the end of their bodies until its session is over.

const BODY = JSON.stringify(callback('marketing-note.children', [slot('marketing-roll', 'n_clicks', 1)]));

/** A callback that is whole but for its last byte. */
async function hold(gate: Gate, cookie: string): Promise<ClientRequest> {
  const held = request({
    ...{ host: '127.0.0.1', port: gate.port, path: '/_dash-update-component', method: 'POST' },
    headers: {
      ...{ Host: gate.host, Cookie: cookie },
      ...{ 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(BODY), Expect: '100-continue' },
    },
  });
  held.flushHeaders();
  await once(held, 'continue');
  const written = Promise.withResolvers<void>();
  held.write(BODY.slice(0, -1), () => written.resolve());
  await written.promise;
  return held;
}

/** @returns the status, or `null` where the connection ended without a word */
function finish(held: ClientRequest): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  held.once('response', (response) => resolve(response.resume().statusCode ?? 0)).once('error', () => resolve(null));
  held.end(BODY.slice(-1));
  return promise;
}

const signOut = (gate: Gate, Cookie: string) =>
  gate.ask('/_dashgate/logout', { method: 'POST', headers: { Cookie, 'Content-Type': 'application/json' } });

it('a callback that is looked into for timers goes nowhere once its session has ended', async () => {
  await using gate = await startGate({ apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM', kind: 'dash' }] });
  const cookie = await gate.signIn('mica');
  expect(await finish(await hold(gate, cookie))).toBe(200);
  const held = await hold(gate, cookie);
  await signOut(gate, cookie);
  gate.upstream.clear();
  expect(await finish(held)).not.toBe(200);
  expect(gate.upstream.seen).toEqual([]);
});

needs('python')('a callback that the section guard reads', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await stageSections();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  it('goes nowhere once its session has ended', async () => {
    const cookie = await stage.gate.signIn('mike');
    expect(await finish(await hold(stage.gate, cookie))).toBe(200);
    const held = await hold(stage.gate, cookie);
    await signOut(stage.gate, cookie);
    expect(await finish(held)).not.toBe(200);
  });
});
