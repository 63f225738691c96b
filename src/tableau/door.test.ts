import { expect, it } from 'vitest';
import { doorAt } from './door.ts';

it.each([
  ['/api/2.4/serverInfo', 'server-info'],
  ['/api/-/ServerInfo', 'server-info'],
  ['/api/3.27/auth/signin', 'sign-in'],
  ['/api/3.27/auth/signin/', 'sign-in'],
  ['/API/3.27/AUTH/SignIn', 'sign-in'],
  ['/api/3.27/auth/signout', 'sign-out'],
  ['/api/3.27/auth/switchSite', 'switch-site'],
  ['/api/3.27/sessions/current', 'current-session'],
  ['/api/3.27/sessions/0a1b2c', 'session'],
  ['/api/3.27/auth', 'nothing'],
  ['/api/3.27/auth/', 'nothing'],
  ['/api/3.27/auth/signin/x', 'nothing'],
  ['/api/3.27/sessions/a/b', 'nothing'],
  ['/vizportal/api/web/v1/auth/embed/signin', 'embed-sign-in'],
  ['/vizportal/api/web/v1/auth/embed/target', 'embed-target'],
  ['/vizportal/api/web/v1/auth/embed/else', 'nothing'],
])('%s is %s', (path, what) => {
  expect(doorAt(path)?.what).toBe(what);
});

it.each([
  '/',
  '/api',
  '/api/3.27',
  '/api/3.27/sites/x/workbooks',
  '/api/3.27/sites/x/auth/signin',
  '/api/3.27/authors',
  '/x/api/3.27/auth/signin',
  '/api/auth/signin',
  '/vizportal/api/web/v1/auth/embed/signin/x',
])('%s is no door', (path) => {
  expect(doorAt(path)).toBeNull();
});
