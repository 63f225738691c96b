import { describe, expect, it, vi } from 'vitest';
import { anIdentity, aRequest, compiled } from '../../test/support/a-request.ts';
import type { Authenticator } from '../identity/authenticate.ts';
import { createSessionCookies } from '../session/session-cookies.ts';
import { createJudge } from './judge.ts';

const cookies = createSessionCookies({ name: 'dashgate', sameSite: 'lax' });
const judged = (ask: Authenticator, ...request: Parameters<typeof aRequest>) =>
  createJudge([ask], cookies, { nowMs: () => 1_800_000_000_000 })(aRequest(...request));
const rejects =
  (by: 'basic' | 'cookie'): Authenticator =>
  async () => ({ kind: 'rejected', reason: by === 'basic' ? 'bad-password' : 'session-expired', by, user: 'mica' });

describe('a verdict', () => {
  it('takes a spoilt cookie away, whatever its chunks', async () => {
    const verdict = await judged(rejects('cookie'), '/', { headers: { cookie: 'dashgate.0=x; dashgate.1=y' } });
    expect(verdict.decision).toEqual({ kind: 'challenge', reason: 'session-expired' });
    const own = verdict.setCookies.filter((line) => !line.includes('Domain='));
    expect(own.map((cookie) => cookie.split('=', 1)[0])).toEqual(['dashgate', 'dashgate.0', 'dashgate.1']);
  });

  it('leaves the cookie where the password was wrong, and says whose it was', async () => {
    const verdict = await judged(rejects('basic'), '/', { headers: { cookie: 'dashgate=good' } });
    expect(verdict).toMatchObject({
      decision: { kind: 'challenge', reason: 'bad-password' },
      setCookies: [],
      who: 'mica',
    });
  });

  it('looks at no credentials for a public page: a bad one spoils nothing and a good one tells nothing', async () => {
    const ask = vi.fn(rejects('basic'));
    const verdict = await judged(ask, '/robots.txt', { app: compiled({ public: ['/robots.txt'] }) });
    expect(verdict).toMatchObject({ decision: { kind: 'allow', reason: 'public', identity: { user: '' } }, who: '' });
    expect(ask).not.toHaveBeenCalled();
  });

  it('refuses another site before it looks at credentials, also on a public page', async () => {
    const ask = vi.fn(rejects('basic'));
    const request = { method: 'POST', headers: { origin: 'null' }, app: compiled({ public: ['/'] }) };
    expect((await judged(ask, '/', request)).decision).toMatchObject({ kind: 'deny', reason: 'cross-site' });
    expect(ask).not.toHaveBeenCalled();
  });

  it('hands out the session that a proof made, also where the resource is missing', async () => {
    const identity = anIdentity('mike', 'marketing');
    const session = { jti: 'j', sub: 'file:mike', name: '', email: '', groups: [], allowedResources: [], amr: [] };
    const times = { authTimeSec: 1, writtenSec: 1, endsSec: 2 };
    const ask: Authenticator = async () => ({
      ...{
        kind: 'identified',
        identity,
        by: 'basic',
        isNew: false,
        session: { ...session, ...times },
        setCookies: ['dashgate=t'],
      },
    });
    const verdict = await judged(ask, '/hr');
    expect(verdict).toMatchObject({ decision: { kind: 'deny' }, setCookies: ['dashgate=t'], who: 'file:mike' });
  });
});
