import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { server } from './server.ts';

it.each([
  [1, 1],
  [64, 64],
  ['auto', Math.min(availableParallelism(), 64)],
])('server.workers: %s', (workers, count) => {
  expect(server.parse({ workers }).workers).toBe(count);
});

it('one process answers, unless more are asked for', () => {
  expect(server.parse({}).workers).toBe(1);
});

it.each([[0], [65], [1.5], ['many'], ['2'], [true], [null]])('server.workers: %j is refused', (workers) => {
  expect(server.safeParse({ workers }).error?.issues.map(({ message }) => message)).toEqual([
    'is no number of workers; write one from 1 to 64, or auto',
  ]);
});

it.each([
  ['/_dashgate', '/_dashgate'],
  ['/gate', '/gate'],
  ['/gate/', '/gate'],
  ['/a/b.c', '/a/b.c'],
  ['/.auth', '/.auth'],
])('server.prefix: %s', (prefix, read) => {
  expect(server.parse({ prefix }).prefix).toBe(read);
});

it.each([
  ...[
    'gate',
    '//gate',
    '/gate//x',
    '/Gate',
    '/g%61te',
    '/gate;x',
    '/gate?x',
    '/gate#x',
    '/ga te',
    '/gäte',
    '/g@te',
    '/g$te',
  ],
  ...['/./gate', '/../gate', '/gate/..', '/gate\\x', '/gate/*', 'https://x/gate', `/${'g'.repeat(64)}`],
])('server.prefix: %s is refused', (prefix) => {
  expect(server.safeParse({ prefix }).error?.issues.map(({ message }) => message)).toEqual([
    'is not a plain path; write lower-case letters, digits, - . _ and ~ between slashes, as /_dashgate',
  ]);
});

it.each(['/', ''])('server.prefix: %j leaves nothing to the dashboards', (prefix) => {
  expect(server.safeParse({ prefix }).success).toBe(false);
});
