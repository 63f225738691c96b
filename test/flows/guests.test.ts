import { expect, it } from 'vitest';
import { basic, basicOf, startGate } from '../support/gate.ts';

const APPS = [
  {
    ...{ name: 'sales', at: '/', upstream: '$UPSTREAM', identity: ['headers', 'panel'], guests: ['/**'] },
    panel_cookies: { secret: 'a-secret-that-both-sides-have-8Fh2kQ' },
    resources: [{ resource: 'hr', paths: ['/hr', '/hr/**'] }],
  },
  { name: 'wiki', at: '/wiki/', upstream: '$UPSTREAM', guests: ['/hello'] },
];

it('where signing in is optional, a stranger is a guest, and who has signed in is told as everywhere', async () => {
  await using gate = await startGate({ apps: APPS });
  const seen = async (path: string, headers: Record<string, string> = {}) => {
    const { status, body } = await gate.ask(path, { headers });
    if (status !== 200) return status;
    const asked: { headers: Record<string, string> } = JSON.parse(body);
    return [asked.headers['x-dashgate-user'] ?? '', asked.headers.cookie ?? ''];
  };
  const cookie = await gate.signIn('mike');
  const mike = ['mike', expect.stringMatching(/^user=2\|1:0\|.*; id_token=2\|[^;]*$/)];
  expect(await seen('/')).toEqual(['', 'is_guest=1']);
  expect(await seen('/', { Cookie: 'is_guest=; user=forged; theme=dark' })).toEqual(['', 'is_guest=1; theme=dark']);
  expect(await seen('/', { Cookie: cookie })).toEqual(mike);
  expect(await seen('/', { Authorization: basicOf('mike') })).toEqual(mike);
  // Who sends a password means that it is looked at.
  expect(await seen('/', { Authorization: basic('mike', 'wrong') })).toBe(401);
  // What a rule guards is nobody's to see without it.
  expect(await seen('/hr')).toBe(401);
  expect(await seen('/hr', { Cookie: cookie })).toBe(403);
  expect(await seen('/wiki/hello')).toEqual(['', '']);
  expect(await seen('/wiki/other')).toBe(401);
  expect(await seen('/', { Origin: 'https://evil.example' })).not.toEqual(mike);
});

it('who is signed in no more is a guest again, and their cookie is taken away', async () => {
  await using gate = await startGate({ apps: APPS });
  const cookie = await gate.signIn('mike');
  await gate.ask('/_dashgate/logout', { method: 'POST', headers: { Cookie: cookie, Origin: gate.origin } });
  const { status, headers, body } = await gate.ask('/', { headers: { Cookie: cookie } });
  expect([status, JSON.parse(body).headers.cookie]).toEqual([200, 'is_guest=1']);
  expect(headers.getSetCookie().join()).toMatch(/^dashgate=;/);
  const bad = await gate.ask('/', { headers: { Cookie: 'dashgate=x.y.z' } });
  expect([bad.status, JSON.parse(bad.body).headers.cookie]).toEqual([200, 'is_guest=1']);
});

it('the check answers alike', async () => {
  await using gate = await startGate({ apps: APPS });
  const stranger = await gate.verify('/');
  expect([stranger.status, stranger.headers.get('x-dashgate-user')]).toEqual([200, '']);
  expect(stranger.headers.get('x-dashgate-upstream-cookie')).toBe('is_guest=1');
  const known = await gate.verify('/', { headers: { Cookie: await gate.signIn('mike') } });
  expect([known.status, known.headers.get('x-dashgate-user')]).toEqual([200, 'mike']);
  expect(known.headers.get('x-dashgate-upstream-cookie')).not.toContain('is_guest');
  expect((await gate.verify('/hr')).status).toBe(401);
});
