import { rename, stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { basicOf, cookieOf, type Gate, startGate } from '../support/gate.ts';
import { raw } from '../support/raw.ts';

// authcrunch CVE-2024-21492: the session went on after the logout.

const signOut = (gate: Gate, cookie: string) =>
  gate.ask('/_dashgate/logout', { method: 'POST', headers: { Cookie: cookie, 'Content-Type': 'application/json' } });

async function statuses(gate: Gate, cookie: string): Promise<number[]> {
  const headers = { Cookie: cookie };
  const doors = [
    gate.ask('/x', { headers }),
    gate.verify('/x', { headers }),
    gate.ask('/_dashgate/session', { headers }),
  ];
  return (await Promise.all(doors)).map(({ status }) => status);
}

/** The same bytes in another spelling, which is no token of ours: the last character of a base64url part has bits that mean nothing. */
function otherSpelling(cookie: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return cookie.replace(/.$/, (last) => alphabet[alphabet.indexOf(last) ^ 1] ?? last);
}

describe('a cookie that is replayed after the logout', () => {
  it('is refused, in every spelling, also after a restart with the same state', async () => {
    await using gate = await startGate();
    const cookie = await gate.signIn('mica');
    expect(await statuses(gate, cookie)).toEqual([200, 200, 200]);
    expect(await statuses(gate, otherSpelling(cookie))).toEqual([401, 401, 401]);
    const answer = await signOut(gate, cookie);
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie().join()).toContain('dashgate=; Max-Age=0');
    for (const one of [cookie, otherSpelling(cookie)]) expect(await statuses(gate, one)).toEqual([401, 401, 401]);
    await gate.restart();
    for (const one of [cookie, otherSpelling(cookie)]) expect(await statuses(gate, one)).toEqual([401, 401, 401]);
  });

  it('is refused after a restart without a memory of its own', async () => {
    await using gate = await startGate({ session: { store: 'memory' } });
    const cookie = await gate.signIn('mica');
    await signOut(gate, cookie);
    gate.advance(2_000);
    await gate.restart();
    expect(await statuses(gate, cookie)).toEqual([401, 401, 401]);
    expect(await statuses(gate, await gate.signIn('mica'))).toEqual([200, 200, 200]);
  });

  it('is refused when the database was lost', async () => {
    await using gate = await startGate();
    const cookie = await gate.signIn('mica');
    await signOut(gate, cookie);
    await gate.dashgate.close();
    for (const name of ['dashgate.db', 'dashgate.db-wal', 'dashgate.db-shm']) {
      await rename(gate.dir.file(`state/${name}`), gate.dir.file(`state/${name}.old`)).catch(() => {});
    }
    gate.advance(2_000);
    await gate.restart();
    expect(await statuses(gate, cookie)).toEqual([401, 401, 401]);
  });

  it('opens no websocket', async () => {
    await using gate = await startGate();
    const cookie = await gate.signIn('mica');
    await signOut(gate, cookie);
    const answer = await raw(
      gate.port,
      [
        'GET /ws HTTP/1.1',
        `Host: ${gate.host}`,
        ...['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'],
        ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `Cookie: ${cookie}`, '', ''],
      ].join('\r\n'),
    );
    expect(answer?.status).toBe(401);
    expect(gate.upstream.seen).toEqual([]);
  });

  it('nor does the session of a Basic login come back: the next one is another', async () => {
    await using gate = await startGate();
    const headers = { Authorization: basicOf('mica') };
    const first = cookieOf(await gate.ask('/x', { headers }));
    expect(cookieOf(await gate.ask('/x', { headers }))).toBe(first);
    expect(await statuses(gate, first)).toEqual([200, 200, 200]);
    await signOut(gate, first);
    expect(await statuses(gate, first)).toEqual([401, 401, 401]);
    const second = cookieOf(await gate.ask('/x', { headers }));
    expect(second).not.toBe(first);
    expect(await statuses(gate, second)).toEqual([200, 200, 200]);
  });

  it('another session of the same user lives on', async () => {
    await using gate = await startGate();
    const [here, there] = [await gate.signIn('mica'), await gate.signIn('mica')];
    await signOut(gate, here);
    expect(await statuses(gate, there)).toEqual([200, 200, 200]);
  });
});

describe('a logout that could not be written down', () => {
  it.each(['application/json', 'application/x-www-form-urlencoded'])(
    '(%s) is not claimed done, counts all the same, and is written later',
    async (type) => {
      await using gate = await startGate();
      const cookie = await gate.signIn('mica');
      const [db, away] = [gate.dir.file('state/dashgate.db'), gate.dir.file('state/away.db')];
      await rename(db, away);
      const answer = await gate.ask('/_dashgate/logout', {
        method: 'POST',
        headers: { Cookie: cookie, 'Content-Type': type, Origin: gate.origin, Accept: 'text/html' },
      });
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).not.toBeNull();
      expect(answer.body).not.toMatch(/signed.out/i);
      expect(await statuses(gate, cookie)).toEqual([401, 401, 401]);
      expect((await raw(gate.admin, 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n'))?.status).toBe(503);
      await rename(away, db);
      expect((await raw(gate.admin, 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n'))?.status).toBe(200);
      await gate.restart();
      expect(await statuses(gate, cookie)).toEqual([401, 401, 401]);
    },
  );

  it('signing in anew does not pass over it either', async () => {
    await using gate = await startGate();
    const cookie = await gate.signIn('mica');
    const [db, away] = [gate.dir.file('state/dashgate.db'), gate.dir.file('state/away.db')];
    await rename(db, away);
    const answer = await gate.ask('/_dashgate/login', {
      method: 'POST',
      headers: { Cookie: cookie, 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: 'mike', password: 'mike-Qp4' }),
    });
    expect(answer.status).toBe(503);
    expect(cookieOf(answer)).toBe('');
    await rename(away, db);
  });
});

it('the database is for the service alone', async () => {
  await using gate = await startGate();
  for (const name of ['dashgate.db', 'session.keys']) {
    expect((await stat(gate.dir.file(`state/${name}`))).mode & 0o077, name).toBe(0);
  }
});
