import { describe, expect, it } from 'vitest';
import { compiled } from '../../test/support/a-request.ts';
import { demandOf } from '../access/demand.ts';
import { tabpy } from './tabpy.ts';

const app = compiled({ kind: 'tabpy', resources: [{ resource: 'models', paths: ['/query/**', '/tableau.png'] }] });
const open = compiled({ kind: 'tabpy', credentials: [], public: ['/**'], resources: [] });
const basic = (pair: string): string => `Basic ${btoa(pair)}`;

describe('what TabPy leaves open', () => {
  it.each([
    ['GET', '/', 'public'],
    ['HEAD', '/index.html', 'public'],
    ['POST', '/', 'signed-in'],
    ['OPTIONS', '/', 'signed-in'],
    ['GET', '/Index.html', 'signed-in'],
    ['GET', '/secret.txt', 'signed-in'],
    ['GET', '/info', 'signed-in'],
    ['OPTIONS', '/info', 'public'],
    ['OPTIONS', '/endpoints', 'public'],
    ['OPTIONS', '/endpoints/x', 'public'],
    ['OPTIONS', '/configurations/endpoint_upload_destination', 'public'],
    ['OPTIONS', '/evaluate', 'public'],
    ['OPTIONS', '/information', 'signed-in'],
    ['GET', '/status', 'signed-in'],
  ])('%s %s: %s', (method, path, need) => {
    expect(demandOf(app, path, method).need).toBe(need);
  });

  it('is guarded where a rule names it', () => {
    for (const method of ['GET', 'OPTIONS']) {
      expect(demandOf(app, '/tableau.png', method).need).toEqual([{ app: 'sales', name: 'models' }]);
      expect(demandOf(app, '/query/x', method).need).toEqual([{ app: 'sales', name: 'models' }]);
    }
  });
});

describe('a password that nobody asked for', () => {
  it.each<[boolean, string, string]>([
    [true, '/info', basic('mica:1234')],
    [true, '/evaluate', basic('mica:')],
    [false, '/', basic('mica:1234')],
    [false, '/index.html', basic('mica:1234')],
    [false, '/info', basic('mica:12:34')],
    [false, '/info', basic('mica')],
    [false, '/info', 'Basic !!!'],
    [false, '/info', 'Bearer abc'],
  ])('refused: %s, at %s with %s', (isRefused, path, authorization) => {
    expect(tabpy.refusesCredentials(open, path, authorization)).toBe(isRefused);
  });

  it('is TabPy’s to judge where it gets what came, and ours where passwords are asked for', () => {
    expect(tabpy.refusesCredentials({ ...open, upstreamAuth: 'own' }, '/info', basic('a:b'))).toBe(false);
    expect(tabpy.refusesCredentials(app, '/info', basic('a:b'))).toBe(false);
  });
});

describe('/info', () => {
  const OFF = { name: 'x', versions: { v1: { features: { evaluate_enabled: true } }, v2: {} } };
  const ON = {
    name: 'x',
    versions: { v1: { features: { authentication: { required: true, methods: { 'oauth-jwt': {} } } } } },
  };
  const rewritten = (of: typeof app, body: unknown): unknown => {
    const rewrite = tabpy.rewrite(of, 'GET', '/info');
    return rewrite && JSON.parse(rewrite(JSON.stringify(body)));
  };
  const required = { required: true, methods: { 'basic-auth': {} } };

  it('says what dashgate asks for, whatever the TabPy behind it does', () => {
    expect(rewritten(app, OFF)).toEqual({
      name: 'x',
      versions: {
        v1: { features: { authentication: required, evaluate_enabled: true } },
        v2: { features: { authentication: required } },
      },
    });
    expect(rewritten(app, ON)).toEqual({ name: 'x', versions: { v1: { features: { authentication: required } } } });
    expect(rewritten(open, ON)).toEqual({ name: 'x', versions: { v1: { features: {} } } });
    expect(rewritten({ ...open, upstreamAuth: 'own' }, ON)).toBeNull();
  });

  it('is the one path that is rewritten, and by GET', () => {
    for (const [method, path] of [
      ['POST', '/info'],
      ['GET', '/info/'],
      ['GET', '/status'],
    ] as const) {
      expect(tabpy.rewrite(app, method, path)).toBeNull();
    }
  });

  it.each(['', 'null', '[]', '{}', '{"versions":[]}', '{"versions":{"v1":1}}', '<html>'])(
    'that is %j is not understood',
    (body) => {
      expect(() => tabpy.rewrite(app, 'GET', '/info')?.(body)).toThrow(/versions|version|JSON/);
    },
  );
});

it('a refusal reads as TabPy’s own', () => {
  expect(tabpy.voice?.body(401, 'x')).toBe(
    '{"message": "Invalid credentials provided.", "info": "Unauthorized request."}',
  );
  expect(tabpy.voice?.body(503, 'Not "now".')).toBe('{"message": "Not \\"now\\".", "info": "Service Unavailable"}');
});
