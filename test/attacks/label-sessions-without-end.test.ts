import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { cookieOf } from '../support/gate.ts';
import { ALL_MODES, logInBy, SHARED_PASSWORD, startModes, whoIs } from '../support/modes.ts';

// Whoever needs no password can sign in and out as often as they like: what is kept of each end may not fill the place in which the
// ends of users' sessions are kept.

it('sessions that nobody had to prove anything for leave nothing behind when they end', async () => {
  await using gate = await startModes(ALL_MODES);
  const ended = (): number => {
    using store = new DatabaseSync(gate.config.session.store.kind === 'sqlite' ? gate.config.session.store.file : '', {
      readOnly: true,
    });
    return Number(store.prepare('SELECT count(*) AS found FROM revoked_sessions').get()?.found);
  };
  const signOut = (Cookie: string) =>
    gate.ask('/_dashgate/logout', { method: 'POST', headers: { Cookie, 'Content-Type': 'application/json' } });
  for (const fields of [{ mode: 'auth-none' }, { mode: 'auth-user', user: 'zoë' }]) {
    const first = cookieOf(await logInBy(gate, fields));
    const second = cookieOf(await logInBy(gate, fields, { Cookie: first }));
    expect([await whoIs(gate, first), (await whoIs(gate, second)) !== null]).toEqual([null, true]);
    expect((await signOut(second)).status).toBe(200);
    expect(await whoIs(gate, second)).toBeNull();
  }
  expect(ended()).toBe(0);
  const shared = cookieOf(await logInBy(gate, { mode: 'auth-pass', password: SHARED_PASSWORD }));
  for (const Cookie of [shared, await gate.signIn('mica')]) {
    await signOut(Cookie);
    await gate.restart();
    expect(await whoIs(gate, Cookie)).toBeNull();
  }
  expect(ended()).toBe(2);
});
