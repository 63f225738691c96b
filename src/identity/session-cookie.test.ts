import { describe, expect, it } from 'vitest';
import { anIdentity, aRequest, compiled } from '../../test/support/a-request.ts';
import type { Person } from '../directories/directory.ts';
import { DirectoryUnavailable } from '../errors.ts';
import type { Session } from '../session/session.ts';
import type { SessionFinding, Sessions } from '../session/sessions.ts';
import { createActing } from './acting.ts';
import { createCookieAuthenticator, createSessionReader } from './session-cookie.ts';

const sessionOf = (sub: string): Session => ({
  ...{ sub, jti: sub, name: '', email: '', groups: [], allowedResources: ['of the cookie'], amr: ['pwd'] },
  ...{ authTimeSec: 1, writtenSec: 1, endsSec: 2 },
});
const FOUND: Record<string, SessionFinding> = {
  mica: { kind: 'open', session: sessionOf('file:mica') },
  gone: { kind: 'open', session: sessionOf('file:gone') },
  old: { kind: 'no', reason: 'session-expired', sub: 'file:old' },
  ended: { kind: 'no', reason: 'session-revoked', sub: 'file:ended' },
};
const mica: Person = { ...anIdentity('mica'), allowedResources: ['hr'] };
const sessions = {
  find: (token) => FOUND[token] ?? { kind: 'no', reason: 'session-unreadable', sub: '' },
} as Sessions;
const acting = createActing({
  impersonation: { groups: [], lifetimeSec: 0, except: { groups: [], users: [] } },
  directory: { current: () => null },
});
const read = createSessionReader({
  sessions,
  acting,
  providers: { personOf: async () => undefined, isStill: () => false },
  directory: { current: (sub) => (sub === 'file:mica' ? mica : null) },
  identityOf: ({ user }) => anIdentity(user, 'today'),
  cookieName: 'dashgate',
});

describe('a session cookie', () => {
  it.each([
    ['is absent', 'a=1', null],
    ['is absent altogether', undefined, null],
    ['is good', 'dashgate=mica', { kind: 'identified', by: 'cookie', session: { jti: 'file:mica' }, setCookies: [] }],
    ['comes in chunks', 'dashgate.0=mi; dashgate.1=ca', { kind: 'identified' }],
    ['has ended', 'dashgate=old', { kind: 'rejected', reason: 'session-expired', user: 'file:old' }],
    ['was ended', 'dashgate=ended', { kind: 'rejected', reason: 'session-revoked', user: 'file:ended' }],
    ['is of somebody who is gone', 'dashgate=gone', { kind: 'rejected', reason: 'session-revoked' }],
    ['is forged', 'dashgate=x', { kind: 'rejected', reason: 'session-unreadable' }],
    ['is empty', 'dashgate=', { kind: 'rejected', reason: 'session-unreadable' }],
    ['is there twice', 'dashgate=mica; dashgate=mica', { kind: 'rejected', reason: 'duplicate-cookie' }],
  ])('that %s', async (_what, header, finding) => {
    const found = await read(header, 'https://dash.example.com');
    if (finding === null) expect(found).toBeNull();
    else expect(found).toMatchObject(finding);
  });

  it('stands for the grants of today, not for those it was sealed with', async () => {
    expect(await read('dashgate=mica', 'https://dash.example.com')).toMatchObject({
      identity: { allowedResources: ['today'] },
    });
  });

  it('counts only for an app that takes cookies', async () => {
    const ask = createCookieAuthenticator({ read, useOf: () => () => null, setCookies: () => [] });
    const headers = { cookie: 'dashgate=mica' };
    expect(await ask(aRequest('/', { headers }))).toMatchObject({ kind: 'identified' });
    expect(await ask(aRequest('/', { headers, app: compiled({ credentials: ['basic'] }) }))).toBeNull();
  });
});

describe('the session of somebody who has to be asked about', () => {
  const readBy = (lookUp: (sub: string) => Promise<Person | null>) =>
    createSessionReader({
      ...{ sessions, acting },
      providers: { personOf: async () => undefined, isStill: () => false },
      directory: { current: () => undefined, lookUp },
      identityOf: ({ user }) => anIdentity(user),
      cookieName: 'dashgate',
    })('dashgate=mica', 'https://dash.example.com');

  it('is theirs, or revoked, as the directory says', async () => {
    expect(await readBy(async () => mica)).toMatchObject({ kind: 'identified' });
    expect(await readBy(async () => null)).toMatchObject({ kind: 'rejected', reason: 'session-revoked' });
  });

  it('is neither while the directory cannot say', async () => {
    const down = async (): Promise<never> => {
      throw new DirectoryUnavailable('down');
    };
    await expect(readBy(down)).rejects.toBeInstanceOf(DirectoryUnavailable);
  });
});
