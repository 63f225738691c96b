import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createSample, type Sample } from './sample.ts';

let sample: Sample;
beforeAll(async () => {
  sample = await createSample({ clock: { nowMs: () => Date.UTC(2026, 2, 5) } });
});
afterAll(() => sample.close());

describe('the sample dashboard', () => {
  it.each(['/', '/marketing', '/hr'])('%s is a page whose own files all exist', async (path) => {
    const html = await (await fetch(sample.url + path)).text();
    const own = [...html.matchAll(/(?:href|src|data-api)="(\/[^"]*)"/g)].map(([, found]) => found ?? '');
    expect(own.length).toBeGreaterThan(6);
    for (const found of own.filter((each) => !each.startsWith('/_dashgate/'))) {
      expect((await fetch(sample.url + found)).status, found).toBe(200);
    }
  });

  it('says who is signed in, as the headers in front of it say, and escapes it', async () => {
    const headers = { 'x-dashgate-user': 'mi<b>ca', 'x-dashgate-resources': '_all_' };
    const html = await (await fetch(sample.url, { headers })).text();
    expect(html).toContain('mi&lt;b&gt;ca');
    expect(html).toContain('_all_');
    expect(html).toContain('href="/_dashgate/logout"');
  });

  it('says that nobody is signed in where nothing stands in front', async () => {
    expect(await (await fetch(sample.url)).text()).toContain('Nobody is signed in');
  });

  it('has every chart and table that its pages ask for', async () => {
    for (const path of ['/', '/marketing', '/hr']) {
      const html = await (await fetch(sample.url + path)).text();
      const api = /data-api="([^"]+)"/.exec(html)?.[1];
      const report = (await (await fetch(sample.url + api)).json()) as Record<string, object>;
      for (const [, name] of html.matchAll(/data-(?:area|bars)="([^"]+)"/g))
        expect(report.charts).toHaveProperty(name ?? '');
      for (const [, name] of html.matchAll(/data-table="([^"]+)"/g)) expect(report.tables).toHaveProperty(name ?? '');
    }
  });

  it('labels the months from a year ago to now', async () => {
    const report = (await (await fetch(`${sample.url}/api/hr`)).json()) as {
      charts: { headcount: { labels: string[] } };
    };
    expect(report.charts.headcount.labels).toEqual('Apr May Jun Jul Aug Sep Oct Nov Dec Jan Feb Mar'.split(' '));
  });

  it('pushes a figure each second over its websocket', async () => {
    const socket = new WebSocket(`${sample.url.replace('http', 'ws')}/live`);
    for (let pushed = 0; pushed < 2; pushed++) {
      const [data] = await once(socket, 'message');
      expect(JSON.parse(String(data)).ordersPerHour).toBeTypeOf('number');
    }
    socket.close();
  });

  it('streams orders as server-sent events', async () => {
    const stop = new AbortController();
    const answer = await fetch(`${sample.url}/events`, { signal: stop.signal });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const first = await answer.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toMatch(/^data: \{"number":\d+/);
    stop.abort();
  });

  it('refuses a websocket elsewhere, other methods, and unknown paths', async () => {
    const socket = new WebSocket(`${sample.url.replace('http', 'ws')}/hr`);
    const [error] = await once(socket, 'error');
    expect(String(error)).toContain('404');
    expect((await fetch(sample.url, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${sample.url}/nothing`)).status).toBe(404);
  });

  it('ends its open connections when it closes', async () => {
    const other = await createSample();
    const socket = new WebSocket(`${other.url.replace('http', 'ws')}/live`);
    await once(socket, 'message');
    const closed = once(socket, 'close');
    await other.close();
    await closed;
  });
});
