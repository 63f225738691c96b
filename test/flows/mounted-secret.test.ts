import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generateKey } from '../../src/session/key-ring.ts';
import { startGate } from '../support/gate.ts';
import type { TempDir } from '../support/temp-dir.ts';

/** Writes a version of a Secret as the kubelet does: a folder of its own, and `..data` swapped to it in one step. */
function mount(dir: TempDir, version: string, text: string): void {
  mkdirSync(dir.file(`keys/${version}`), { recursive: true });
  writeFileSync(dir.file(`keys/${version}/session.keys`), text, { mode: 0o400 });
  symlinkSync(version, dir.file('keys/..data_tmp'));
  renameSync(dir.file('keys/..data_tmp'), dir.file('keys/..data'));
}

it('a key ring that Kubernetes mounts is read again when its volume is swapped, and nobody is signed out', async () => {
  const [old, next] = [generateKey(), generateKey()];
  await using gate = await startGate({
    session: { secret_file: '$DIR/keys/session.keys' },
    async prepare(dir) {
      mount(dir, '..2026_11_22_1', `${old}\n`);
      symlinkSync('..data/session.keys', dir.file('keys/session.keys'));
    },
  });
  const before = await gate.signIn('mica');
  // The new key is known first, and seals then.
  for (const [version, keys] of [
    ['..2026_11_22_2', [old, next]],
    ['..2026_11_22_3', [next, old]],
  ] as const) {
    const reloads = gate.logText().split('session keys reloaded').length;
    mount(gate.dir, version, keys.map((key) => `${key}\n`).join(''));
    await expect
      .poll(() => gate.logText().split('session keys reloaded').length, { timeout: 10_000 })
      .toBe(reloads + 1);
    expect((await gate.ask('/', { headers: { Cookie: before } })).status).toBe(200);
  }
  const after = await gate.signIn('mica');
  const kidOf = (cookie: string): string =>
    JSON.parse(Buffer.from(cookie.split('=')[1]?.split('.')[0] ?? '', 'base64url').toString()).kid;
  expect(kidOf(after)).not.toBe(kidOf(before));
  // The old one goes, with the volume's old folder.
  mount(gate.dir, '..2026_11_22_4', `${next}\n`);
  rmSync(gate.dir.file('keys/..2026_11_22_1'), { recursive: true });
  await expect
    .poll(async () => (await gate.ask('/', { headers: { Cookie: before } })).status, { timeout: 10_000 })
    .toBe(401);
  expect((await gate.ask('/', { headers: { Cookie: after } })).status).toBe(200);
});
