import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anIdentity, compiled } from '../../test/support/a-request.ts';
import { type App, findApp } from './app.ts';
import type { Need } from './decide.ts';
import { demandOf } from './demand.ts';
import { openPlaces } from './open-places.ts';

const needOf = (of: App, path: string): Need => demandOf(of, path).need;

const at = (prefix: string, host = 'dash.example.com') => ({ origin: `http://${host}`, host, isHttps: false, prefix });
const root = compiled({ name: 'root' });
const sales = compiled({ name: 'sales', at: at('/sales/') });
const eu = compiled({ name: 'eu', at: at('/sales/eu/') });
const other = compiled({ name: 'other', at: at('/', 'other.example.com') });

describe('the app of an address', () => {
  it.each<[string, string, App[], string | null]>([
    ['dash.example.com', '/', [root, sales], 'root'],
    ['dash.example.com', '/sales/', [root, sales], 'sales'],
    ['dash.example.com', '/sales', [root, sales], 'sales'],
    ['dash.example.com', '/sales/q3', [root, sales], 'sales'],
    ['dash.example.com', '/salesmen', [root, sales], 'root'],
    ['dash.example.com', '/salesmen', [sales], null],
    ['dash.example.com', '/Sales/', [sales], null],
    ['dash.example.com', '/sales/eu/x', [sales, eu, root], 'eu'],
    ['dash.example.com', '/sales/eu/x', [root, eu, sales], 'eu'],
    ['dash.example.com', '/sales/europe', [sales, eu], 'sales'],
    ['other.example.com', '/sales/', [root, sales, other], 'other'],
    ['dash.example.com:8080', '/', [root], null],
    ['dash.example.com.evil.example.com', '/', [root], null],
    ['', '/', [root], null],
  ])('%s%s', (host, decodedPath, apps, name) => {
    expect(findApp(apps, { host, decodedPath })?.name ?? null).toBe(name);
  });
});

describe('what a path asks for', () => {
  const app = compiled({
    name: 'sales',
    at: at('/sales/'),
    resources: [
      { resource: 'hr', paths: ['/hr', '/hr/**'] },
      { resource: 'pay', paths: ['/**/pay'] },
    ],
    public: ['/robots.txt', '/hr/logo.svg', '/open/**'],
  });
  it.each([
    ['/sales/', 'signed-in'],
    ['/sales', 'signed-in'],
    ['/sales/x', 'signed-in'],
    ['/sales/robots.txt', 'public'],
    ['/sales/open/a', 'public'],
    ['/sales/Robots.txt', 'signed-in'],
    ['/sales/hr', 'hr'],
    ['/sales/HR/', 'hr'],
    ['/sales/hr/logo.svg', 'hr'],
    ['/sales/pay', 'pay'],
    ['/sales/hr/pay', 'hr and pay'],
  ])('%s: %s', (path, wanted) => {
    const need = needOf(app, path);
    expect(typeof need === 'string' ? need : need.map(({ name }) => name).join(' and ')).toBe(wanted);
  });

  it('of an app that needs a resource to enter: that one too, everywhere but where it is public', () => {
    const closed = compiled({ resource: 'sales', public: ['/robots.txt'] });
    const names = (path: string) => {
      const need = needOf(closed, path);
      return typeof need === 'string' ? need : need.map(({ name }) => name);
    };
    expect([names('/'), names('/hr'), names('/robots.txt')]).toEqual([['sales'], ['sales', 'hr'], 'public']);
  });

  it('never becomes less by a further rule', () => {
    const paths = fc.constantFrom('/', '/hr', '/hr/pay', '/open', '/robots.txt', '/x/pay');
    const patterns = fc.constantFrom('/hr', '/hr/**', '/**', '/*/pay', '/robots.txt');
    const weight = (need: ReturnType<typeof needOf>): number =>
      need === 'public' ? 0 : need === 'signed-in' ? 1 : 1 + need.length;
    fc.assert(
      fc.property(paths, fc.array(patterns), patterns, (path, rules, more) => {
        const by = (list: string[]) =>
          weight(
            needOf(compiled({ public: ['/robots.txt', '/open'], resources: [{ resource: 'a', paths: list }] }), path),
          );
        expect(by([...rules, more])).toBeGreaterThanOrEqual(by(rules));
      }),
    );
  });
});

it('shows the way to what a person may open, and to nothing else', () => {
  const apps = [
    compiled({
      name: 'sales',
      at: at('/sales/'),
      resources: [
        { resource: 'marketing', paths: ['/marketing', '/marketing/**'] },
        { resource: 'hr', paths: ['/hr', '/hr/**', '/'] },
      ],
    }),
    compiled({ name: 'closed', at: at('/closed/'), resource: 'closed', resources: [] }),
  ];
  expect(openPlaces(apps, anIdentity('mike', 'marketing'))).toEqual([
    { name: 'sales · marketing', href: 'http://dash.example.com/sales/marketing' },
  ]);
  expect(openPlaces(apps, anIdentity('mica', '_all_')).map(({ href }) => new URL(href).pathname)).toEqual([
    '/sales/',
    '/sales/marketing',
    '/sales/hr',
    '/closed/',
  ]);
});

it('an app with a title is called so, and so are the places in it', () => {
  const apps = [compiled({ title: 'Sales figures', resources: [{ resource: 'hr', paths: ['/hr'] }] })];
  expect(openPlaces(apps, anIdentity('mica', '_all_')).map(({ name }) => name)).toEqual([
    'Sales figures',
    'Sales figures · hr',
  ]);
});

it('an app that is meant by another spelling of its prefix is no other app', () => {
  const at = { origin: 'http://dash.example.com', host: 'dash.example.com', isHttps: false };
  const apps = [compiled({ at: { ...at, prefix: '/' } }), compiled({ name: 'wiki', at: { ...at, prefix: '/wiki/' } })];
  const found = (decodedPath: string) => findApp(apps, { host: at.host, decodedPath })?.name;
  expect(found('/wiki/x')).toBe('wiki');
  for (const path of ['/WIKI/x', '/Wiki', '/wiki /x', '/wiki./x']) expect(found(path), path).toBeUndefined();
  expect(found('/wikis')).not.toBe('wiki');
});
