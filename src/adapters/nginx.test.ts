import { createServer, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { anIdentity, aRequest, compiled } from '../../test/support/a-request.ts';
import { listening } from '../../test/support/proxy-stage.ts';
import { raw } from '../../test/support/raw.ts';
import type { Decision } from '../access/decide.ts';
import type { AccessRequest } from '../access/request.ts';
import { isConsumed } from '../apps/upstream-auth.ts';
import { BadTarget, StoreUnavailable } from '../errors.ts';
import { nobody } from '../identity/identity.ts';
import { compileTrusted, createPeerOf } from '../lib/client-address.ts';
import { createNginxAdapter } from './nginx.ts';

const adapter = createNginxAdapter({
  apps: [compiled()],
  trusted: compileTrusted([]),
  peerOf: createPeerOf('tcp'),
  cookieName: 'dashgate',
  authorizationFor: ({ app }, given) => (isConsumed(app, given) ? '' : given),
});

/** What nginx gets, over a real socket. */
async function answered(
  write: (adapterOf: typeof adapter, request: IncomingMessage, response: Parameters<typeof adapter.fail>[2]) => void,
) {
  const port = await listening(createServer((request, response) => write(adapter, request, response)));
  const response = await raw(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  if (!response) throw new Error('no answer');
  return response;
}
const written = (decision: Decision, request: AccessRequest = aRequest(), setCookies: string[] = []) =>
  answered((nginx, _incoming, response) =>
    nginx.write({ decision, setCookies, who: '', isSignIn: false }, request, response),
  );
const allow: Decision = {
  kind: 'allow',
  identity: { ...anIdentity('zoë', 'hr', 'sales/x'), groups: ['a,b', 'c'] },
  reason: 'granted',
};

describe('auth_request is answered', () => {
  it('200 with all of the identity, and the two headers that the dashboard is to get', async () => {
    const request = aRequest('/', {
      headers: { authorization: 'Basic eA==', cookie: 'a=1; dashgate=secret; dashgate.0=secret; b=2' },
    });
    const { status, headers, body } = await written(allow, request);
    expect(status).toBe(200);
    expect(body).toBe('');
    expect(Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-dashgate-')))).toEqual({
      'x-dashgate-user': 'zo%C3%AB',
      'x-dashgate-name': 'ZO%C3%8B',
      'x-dashgate-email': 'zo%C3%AB@example.com',
      'x-dashgate-groups': 'a%2Cb,c',
      'x-dashgate-resources': 'hr,sales/x',
      'x-dashgate-assertion': '',
      'x-dashgate-upstream-authorization': '',
      'x-dashgate-upstream-cookie': 'a=1; b=2',
    });
  });

  it("with the dashboard's own Authorization left as it is", async () => {
    const request = aRequest('/', { headers: { authorization: 'Bearer of-the-app' } });
    const { headers } = await written(allow, request);
    expect(headers.get('x-dashgate-upstream-authorization')).toBe('Bearer of-the-app');
    const app = compiled({ credentials: ['cookie'] });
    const basic = await written(allow, aRequest('/', { app, headers: { authorization: 'Basic eA==' } }));
    expect(basic.headers.get('x-dashgate-upstream-authorization')).toBe('Basic eA==');
  });

  it('with every identity header empty for nobody, and for an app that is not told', async () => {
    for (const response of [
      await written({ kind: 'allow', identity: nobody, reason: 'public' }),
      await written(allow, aRequest('/', { app: compiled({ identity: [] }) })),
    ]) {
      for (const name of ['User', 'Name', 'Email', 'Groups', 'Resources', 'Assertion']) {
        expect(response.headers.get(`X-Dashgate-${name}`), name).toBe('');
      }
    }
  });

  it('with one Set-Cookie or none, as nginx carries no more', async () => {
    expect((await written(allow, aRequest(), ['dashgate=t; Path=/'])).headers.getSetCookie()).toHaveLength(1);
    expect((await written(allow, aRequest(), ['dashgate.0=t', 'dashgate.1=u'])).headers.getSetCookie()).toEqual([]);
  });

  it('401 with where to sign in', async () => {
    const { status, headers } = await written({ kind: 'challenge', reason: 'no-credentials' });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect(headers.get('x-dashgate-login')).toMatch(/^http:\/\/dash\.example\.com\/_dashgate\/login\?return_to=/);
    expect(headers.has('x-dashgate-user')).toBe(false);
  });

  it('403 with the reason', async () => {
    const identity = anIdentity('mike');
    const { status, headers } = await written({ kind: 'deny', identity, reason: 'resource-not-granted', missing: [] });
    expect([status, headers.get('x-dashgate-reason')]).toEqual([403, 'resource-not-granted']);
    expect(headers.has('x-dashgate-user')).toBe(false);
  });

  it.each([
    [new BadTarget('x'), '400', null],
    [new StoreUnavailable('x'), '503', '5'],
    [new TypeError('a bug'), '500', null],
    ['no error at all', '500', null],
  ])('403 with the status that is meant, when it could not find out: %s', async (error, meant, retry) => {
    const { status, headers } = await answered((nginx, incoming, response) =>
      nginx.fail(error, incoming, response, 'an-id-1', null),
    );
    expect(status).toBe(403);
    expect(headers.get('x-dashgate-status')).toBe(meant);
    expect(headers.get('retry-after')).toBe(retry);
    expect([...headers.values()].join()).not.toContain('a bug');
  });

  it('403 where the front is about to forward to another app', async () => {
    const { status, headers } = await answered((nginx, incoming, response) =>
      nginx.mismatch(incoming, response, 'an-id-1'),
    );
    expect([status, headers.get('x-dashgate-reason')]).toEqual([403, 'app-mismatch']);
  });

  it('never to be kept by a cache', async () => {
    for (const decision of [allow, { kind: 'challenge', reason: 'no-credentials' } satisfies Decision]) {
      expect((await written(decision)).headers.get('cache-control')).toBe('no-store');
    }
  });
});
