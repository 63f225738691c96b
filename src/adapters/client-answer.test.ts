import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { anIdentity, aRequest, compiled, NAVIGATION } from '../../test/support/a-request.ts';
import { OWN } from '../../test/support/own-paths.ts';
import { listening } from '../../test/support/proxy-stage.ts';
import { raw } from '../../test/support/raw.ts';
import type { Decision } from '../access/decide.ts';
import { BadTarget, StoreUnavailable, UpstreamTimeout, UpstreamUnreachable } from '../errors.ts';
import { createPages } from '../login/pages/index.ts';
import { createClientAnswer } from './client-answer.ts';

const pages = createPages(OWN, { title: 'Acme', footer: null, logo: null });
const rules = [
  { resource: 'hr', paths: ['/hr', '/hr/**'] },
  { resource: 'marketing', paths: ['/marketing'] },
];
const app = compiled({ resources: rules });
const client = createClientAnswer({ own: OWN, apps: [app], pages, cookieName: 'dashgate' });

async function answered(write: (response: ServerResponse) => void) {
  const port = await listening(createServer((_request, response) => write(response)));
  const response = await raw(port, 'GET /planted?planted HTTP/1.1\r\nHost: planted\r\nConnection: close\r\n\r\n');
  if (!response) throw new Error('no answer');
  return response;
}
const refused = (decision: Decision, headers: IncomingHttpHeaders, uri = '/hr?secret=1', setCookies: string[] = []) =>
  answered((response) =>
    client.refuse({ decision, setCookies, who: '', isSignIn: false }, aRequest(uri, { app, headers }), response),
  );

const noCredentials: Decision = { kind: 'challenge', reason: 'no-credentials' };
const notGranted: Decision = {
  kind: 'deny',
  identity: anIdentity('mike', 'marketing'),
  reason: 'resource-not-granted',
  missing: [{ app: 'sales', name: 'hr' }],
};

describe('without credentials', () => {
  it('a person is sent to the login page, to come back', async () => {
    const { status, headers } = await refused(noCredentials, NAVIGATION);
    expect(status).toBe(302);
    const location = new URL(headers.get('location') ?? '');
    expect(location.origin + location.pathname).toBe('http://dash.example.com/_dashgate/login');
    expect(location.searchParams.get('return_to')).toBe('http://dash.example.com/hr?secret=1');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('a program is told so in JSON, with the login address in a header', async () => {
    const { status, headers, body } = await refused(noCredentials, { 'sec-fetch-mode': 'cors' });
    expect(status).toBe(401);
    expect(headers.get('content-type')).toContain('application/json');
    expect(headers.get('www-authenticate')).toBe('Dashgate realm="dashgate"');
    expect(headers.get('x-dashgate-login')).toContain('/_dashgate/login?return_to=');
    expect(JSON.parse(body)).toEqual({ error: 'Sign in to use this.', reason: 'no-credentials' });
  });

  it('an unknown user and a wrong password are told the same', async () => {
    const { body } = await refused({ kind: 'challenge', reason: 'bad-password' }, {});
    expect(JSON.parse(body).error).toBe('User name or password is wrong.');
  });

  it('a bad cookie is taken away with the answer', async () => {
    const cookie = 'dashgate=; Max-Age=0';
    for (const headers of [NAVIGATION, {}]) {
      expect((await refused(noCredentials, headers, '/', [cookie])).headers.getSetCookie()).toEqual([cookie]);
    }
  });
});

describe('without the resource', () => {
  it('a person is told what is missing, and where to go instead', async () => {
    const { status, body } = await refused(notGranted, NAVIGATION);
    expect(status).toBe(403);
    expect(body).toContain('<strong>hr</strong>');
    expect(body).toContain('href="http://dash.example.com/marketing"');
    expect(body).not.toContain('href="http://dash.example.com/hr"');
  });

  it('a program is told what is missing', async () => {
    const { status, headers, body } = await refused(notGranted, {});
    expect(status).toBe(403);
    expect(headers.has('www-authenticate')).toBe(false);
    expect(JSON.parse(body)).toMatchObject({ reason: 'resource-not-granted', missing: ['hr'] });
  });
});

describe('what went wrong', () => {
  it.each([
    [new BadTarget('/planted/path'), 400, 'ERR_BAD_TARGET'],
    [new UpstreamUnreachable('planted'), 502, 'ERR_UPSTREAM_UNREACHABLE'],
    [new UpstreamTimeout('planted'), 504, 'ERR_UPSTREAM_TIMEOUT'],
    [new StoreUnavailable('planted'), 503, 'ERR_STORE_UNAVAILABLE'],
    [new Error('planted'), 500, 'ERR_INTERNAL'],
    ['planted', 500, 'ERR_INTERNAL'],
  ])('%s is status %i, and echoes nothing of the request or the error', async (error, wanted, code) => {
    const program = await answered((response) => client.fail(error, { isPerson: false, requestId: 'r-1' }, response));
    expect([program.status, JSON.parse(program.body)]).toMatchObject([wanted, { code, request: 'r-1' }]);
    const person = await answered((response) => client.fail(error, { isPerson: true, requestId: 'r-1' }, response));
    expect(person.status).toBe(wanted);
    expect(person.body).toContain('<code>r-1</code>');
    for (const { body, headers } of [program, person]) {
      expect(body + [...headers.values()].join()).not.toContain('planted');
    }
  });

  it('says when to try again', async () => {
    const { headers } = await answered((response) =>
      client.fail(new StoreUnavailable('x'), { isPerson: true, requestId: 'an-id-1' }, response),
    );
    expect(headers.get('retry-after')).toBe('5');
  });

  it('ends an answer that has begun, rather than add to it', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' }).flushHeaders();
      response.write('half', () => client.fail(new Error('x'), { isPerson: true, requestId: 'an-id-1' }, response));
    });
    const cut = await raw(await listening(server), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(cut?.body).toBe('half');
  });

  it('is a mismatch: 403, to a person and to a program', async () => {
    const program = await answered((response) => client.mismatch({ isPerson: false, requestId: 'an-id-1' }, response));
    expect([program.status, JSON.parse(program.body).reason]).toEqual([403, 'app-mismatch']);
    const person = await answered((response) => client.mismatch({ isPerson: true, requestId: 'an-id-1' }, response));
    expect([person.status, person.headers.get('content-type')]).toEqual([403, 'text/html; charset=utf-8']);
  });
});

it('every answer of ours keeps scripts, frames and caches away', async () => {
  const answers = [
    await refused(noCredentials, {}),
    await refused(notGranted, NAVIGATION),
    await answered((response) => client.fail(new Error('x'), { isPerson: true, requestId: 'an-id-1' }, response)),
  ];
  for (const { headers } of answers) {
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toMatch(/\S/);
  }
});
