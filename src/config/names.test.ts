import { expect, it } from 'vitest';
import { formatPath, namesOf, nearest } from './names.ts';
import { namedSettings } from './settings.ts';

it('one function names a key for the environment and for flags', () => {
  expect(namesOf(['session', 'cookie', 'same_site'])).toEqual({
    key: 'session.cookie.same_site',
    env: 'DASHGATE_SESSION_COOKIE_SAME_SITE',
    flag: 'session.cookie.same_site',
  });
});

it('no two keys share a variable', () => {
  const names = namedSettings.map(({ env }) => env);
  expect(new Set(names).size).toBe(names.length);
});

it('a path is written as people write it, less what could be personal', () => {
  expect(formatPath(['apps', 0, 'resources', 12, 'paths'])).toBe('apps[0].resources[12].paths');
  expect(formatPath(['grants', 'users', 'mica@example.com'])).toBe('grants.users.…');
});

it.each([
  ['lifetme', 'lifetime'],
  ['LIFETIME', 'lifetime'],
  ['store', 'store'],
  ['telemetry', null],
  ['', null],
])('the key nearest to %j is %j', (wrong, near) => {
  expect(nearest(wrong, ['lifetime', 'store'])).toBe(near);
});
