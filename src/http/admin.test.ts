import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { listening } from '../../test/support/proxy-stage.ts';
import { raw } from '../../test/support/raw.ts';
import { createAdmin } from './admin.ts';

const metrics = { text: async () => 'a_total 1\n', contentType: 'text/plain; version=0.0.4' };
const ask = async (
  path: string,
  { missing = [] as string[], lacking = [] as string[], method = 'GET', from = metrics } = {},
) => {
  const port = await listening(
    createServer(createAdmin({ metrics: from, notReady: () => missing, butLacks: () => lacking })),
  );
  const answer = await raw(port, `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  return [answer?.status, answer?.body.replace(/^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/g, '')];
};

describe('the admin listener', () => {
  it.each([
    ['/healthz', 200, 'ok\n'],
    ['/readyz?verbose', 200, 'ready\n'],
    ['/metrics', 200, 'a_total 1\n'],
    ['/', 404, 'healthz, readyz or metrics\n'],
    ['/healthz/x', 404, 'healthz, readyz or metrics\n'],
  ])('%s: %i', async (path, status, body) => {
    expect(await ask(path)).toEqual([status, body]);
  });

  it('lives although it is not ready, and says what is missing', async () => {
    expect(await ask('/healthz', { missing: ['the store'] })).toEqual([200, 'ok\n']);
    expect(await ask('/readyz', { missing: ['the store', 'x'] })).toEqual([503, 'not ready: the store, x\n']);
    expect(await ask('/readyz', { lacking: ['the store is lost'] })).toEqual([200, 'ready, but the store is lost\n']);
  });

  it('takes questions only', async () => {
    expect(await ask('/healthz', { method: 'POST' })).toEqual([405, 'GET only\n']);
  });

  it('says so where the metrics cannot be read', async () => {
    const from = { ...metrics, text: () => Promise.reject(new Error('x')) };
    expect(await ask('/metrics', { from })).toEqual([500, 'the metrics cannot be read\n']);
  });
});
