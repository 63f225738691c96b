import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { NAVIGATION } from '../../test/support/a-request.ts';
import { createPublicPlace } from '../lib/public-place.ts';
import { createSignpost } from './signpost.ts';

const place = (origin: string) => {
  const { host } = new URL(origin);
  return { origin, host, ...createPublicPlace({ origin, host }, []) };
};
const here = place('http://127.0.0.1:8080');
const home = place('http://dash.example.com');
const show = createSignpost({
  loginPath: '/_dashgate/login',
  homes: [here, home],
  apps: [
    { ...here, prefix: '/sales/' },
    { ...place('http://[::1]:8080'), prefix: '/own/' },
  ],
  publicUrl: here,
});
const came = (url: string, host = here.host, method = 'GET', headers: object = NAVIGATION): IncomingMessage =>
  ({ url, method, headers: { ...headers, host } }) as Partial<IncomingMessage> as IncomingMessage;

describe('who came to a place where nothing is', () => {
  it.each<[string, IncomingMessage, string | null]>([
    ['an app without its slash', came('/sales'), 'http://127.0.0.1:8080/sales/'],
    ['the same with a query', came('/sales?x=1?y'), 'http://127.0.0.1:8080/sales/?x=1?y'],
    ['a root without an app', came('/'), 'http://127.0.0.1:8080/_dashgate/login'],
    ['the root of another host of ours', came('/', home.host), 'http://dash.example.com/_dashgate/login'],
    ['another spelling of this machine', came('/sales/?x=/y', 'localhost:8080'), 'http://127.0.0.1:8080/sales/?x=/y'],
    ['the same with what has two readings', came('//evil.example.com/', 'localhost:8080'), 'http://127.0.0.1:8080/'],
    ['the same with a query that no URL has', came('/x?#', 'localhost:8080'), 'http://127.0.0.1:8080/'],
    ['another spelling at which there is an app', came('/own/x', '[::1]:8080'), null],
    ['another port of this machine', came('/', 'localhost:9090'), null],
    ['a host that is not ours', came('/', 'evil.example.com'), null],
    ['a page that is an app’s', came('/sales/x'), null],
    ['a path that begins as an app', came('/salesmen'), null],
    ['a form', came('/', here.host, 'POST'), null],
    ['a program', came('/', here.host, 'GET', {}), null],
    ['a program at an app without its slash', came('/sales', here.host, 'GET', {}), 'http://127.0.0.1:8080/sales/'],
  ])('%s', (_what, incoming, where) => {
    expect(show(incoming)).toBe(where);
  });
});
