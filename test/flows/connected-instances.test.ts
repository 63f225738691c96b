import { describe, expect, it } from 'vitest';
import { connectedApp, mint, SECRET, SECRET_ID } from '../support/connected.ts';
import { embed, frameCookie, HOST_PAGE, IN_FRAME } from '../support/embedding.ts';
import { startGate } from '../support/gate.ts';
import { startInstances } from '../support/instances.ts';
import { needs } from '../support/needs.ts';
import type { PlainResponse } from '../support/parse-response.ts';
import { startRedis } from '../support/start-redis.ts';
import { startWorkers } from '../support/start-workers.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startUpstream } from '../support/upstream.ts';

const CONNECTED = connectedApp({ domains: [HOST_PAGE] });
const outcome = ({ status, body }: Pick<PlainResponse, 'status' | 'body'>): string =>
  `${status} ${/"code":(\d+)/.exec(body)?.[1] ?? ''}`;

needs('redis')('two instances that share a Redis', () => {
  it('take a token once between them, however it is brought', async () => {
    await using redis = await startRedis();
    await using instances = await startInstances(
      { store: redis.url },
      { publicUrl: 'https://dash.example.com', connected_apps: [CONNECTED] },
    );
    const gates = [instances.a, instances.b];
    for (let round = 0; round < 3; round++) {
      const token = mint();
      const all = Array.from({ length: 5 }, () => gates.map((gate) => embed(gate, { token, target: '/' }))).flat();
      const outcomes = (await Promise.all(all)).map(outcome);
      expect(outcomes.toSorted()).toEqual(['200 ', ...Array(9).fill('401 10091')]);
    }
    for (const gate of gates) expect(gate.logText()).toContain('"why":"10091 JTI_ALREADY_USED"');
  });
});

it('two workers take a token once between them', async () => {
  await using dir = await tempDir();
  await using upstream = await startUpstream();
  await using workers = await startWorkers(
    dir,
    `connected_apps: ${JSON.stringify([CONNECTED])}\napps: [{ name: sales, at: /, upstream: "${upstream.url}" }]\n`,
  );
  const headers = { 'Content-Type': 'application/json', Origin: HOST_PAGE };
  for (let round = 0; round < 3; round++) {
    const body = JSON.stringify({ token: mint(), target: '/' });
    const all = [1, 2, 3, 4].flatMap(() =>
      workers.lanes.map((lane) => lane.ask('/_dashgate/embed', { method: 'POST', headers, body })),
    );
    const outcomes = (await Promise.all(all)).map(outcome);
    expect(outcomes.toSorted()).toEqual(['200 ', ...Array(7).fill('401 10091')]);
  }
}, 60_000);

describe('what is changed while it runs', () => {
  const settings = (more: object = {}) => ({ connected_apps: [{ ...CONNECTED, ...more }] });

  it('counts for the next token, and for whom earlier ones have let in', async () => {
    await using gate = await startGate({ publicUrl: 'https://dash.example.com', ...settings() });
    const bring = async (given = mint()) => embed(gate, { token: given, target: '/' });
    const first = await bring();
    expect(outcome(first)).toBe('200 ');
    const headers = { ...IN_FRAME, Cookie: frameCookie(first) };
    expect((await gate.ask('/x', { headers })).status).toBe(200);

    const next = { id: 'next', value: 'n'.repeat(32) };
    await gate.reconfigure(settings({ secrets: [next, ...CONNECTED.secrets] }));
    const byNext = () => mint({ header: { kid: 'next' }, secret: next.value });
    expect([outcome(await bring()), outcome(await bring(byNext()))]).toEqual(['200 ', '200 ']);
    await gate.reconfigure(settings({ secrets: [next] }));
    expect([outcome(await bring()), outcome(await bring(byNext()))]).toEqual(['401 127', '200 ']);
    // Who was let in by it stays for as long as that token said.
    expect((await gate.ask('/x', { headers })).status).toBe(200);

    await gate.reconfigure(settings({ apps: [] }));
    expect((await gate.ask('/x', { headers })).status).toBe(403);
    await gate.reconfigure(settings({ enabled: false }));
    expect(outcome(await bring())).toBe('401 10090');
    expect((await gate.ask('/x', { headers })).status).toBe(401);
  });

  it('is a secret in a file, too; one that is of no use leaves the last in force', async () => {
    await using gate = await startGate({
      publicUrl: 'https://dash.example.com',
      ...settings({ secrets: [{ id: SECRET_ID, value_file: 'portal.secret' }] }),
      prepare: async (dir) => void (await dir.write('portal.secret', `${SECRET}\n`, 0o600)),
    });
    const bring = async (secret: string) => outcome(await embed(gate, { token: mint({ secret }), target: '/' }));
    const other = 'another-secret-that-is-long-enough';
    expect([await bring(SECRET), await bring(other)]).toEqual(['200 ', '401 10084']);
    await gate.dir.write('portal.secret', other, 0o600);
    await gate.logged(/secret of a connected app reloaded/);
    expect([await bring(SECRET), await bring(other)]).toEqual(['401 10084', '200 ']);
    await gate.dir.write('portal.secret', 'short', 0o600);
    await gate.logged(/secret of a connected app: the new version is refused/);
    expect([await bring(SECRET), await bring(other)]).toEqual(['401 10084', '200 ']);
    for (const secret of [SECRET, other]) expect(gate.logText()).not.toContain(secret);
  });
});
