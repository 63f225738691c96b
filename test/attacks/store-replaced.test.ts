import { renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { cookieOf, PASSWORDS, startGate } from '../support/gate.ts';

// While a server runs, its database is moved away or put back from a copy, by hand, by a backup or by a second server that found it
// damaged. Ends that others write into the new file are not heard of by the first, which may then let nobody in.

it('who was let in before is refused once the database is another file, and let in again where it is put back', async () => {
  await using gate = await startGate({ session: { store: 'sqlite' } });
  const { store } = gate.config.session;
  if (store.kind !== 'sqlite') throw new Error('it is the embedded one');
  const Cookie = await gate.signIn('mica');
  const status = async (): Promise<number> => (await gate.ask('/', { headers: { Cookie, Accept: '*/*' } })).status;
  expect(await status()).toBe(200);
  for (const more of ['', '-wal', '-shm']) renameSync(store.file + more, `${store.file}.away${more}`);
  // As another process makes it.
  new DatabaseSync(store.file).close();
  await expect.poll(status, { timeout: 10_000, interval: 20 }).toBe(503);
  const answer = await gate.ask('/_dashgate/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: 'mica', password: PASSWORDS.mica }),
  });
  expect([answer.status, cookieOf(answer)]).toEqual([503, '']);
  for (const more of ['', '-wal', '-shm']) renameSync(`${store.file}.away${more}`, store.file + more);
  await expect.poll(status, { timeout: 10_000, interval: 20 }).toBe(200);
});
