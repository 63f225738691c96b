import { expect, it } from 'vitest';
import { startLyingProvider } from '../support/lying-provider.ts';
import { tempDir } from '../support/temp-dir.ts';
import { dashgate } from './command.ts';

it('check reads the secret of a provider, and asks the provider where that is wanted', async () => {
  await using dir = await tempDir();
  await using liar = await startLyingProvider();
  const write = (rest: string) =>
    dir.write(
      'dashgate.yaml',
      `providers: [{ id: corp, type: oidc, issuer: "${liar.issuer}", client_id: dashgate, ${rest} }]\napps: [{ name: a, at: /, upstream: "http://127.0.0.1:1" }]\n`,
    );
  const check = async (...args: string[]) => dashgate(['check', ...args], { cwd: dir.path });
  await write('client_secret_file: secret');
  const missing = await check();
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('secret: there is no such file')]);
  await dir.write('secret', 'x\ny\n', 0o600);
  expect((await check()).stderr).toContain('secret: must hold one line');
  await dir.write('secret', 'not-for-your-eyes\n', 0o600);
  expect(await check('--connect')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(
      'corp has to know this redirect URI: http://127.0.0.1:8080/_dashgate/oauth/corp/callback\n',
    ),
  });
  liar.lies = { metadata: (said) => ({ ...said, issuer: 'https://other.example.com' }) };
  expect(await check()).toMatchObject({ code: 0 });
  const away = await check('--connect');
  expect([away.code, away.stderr]).toEqual([1, expect.stringContaining(`corp: cannot be set up from ${liar.issuer}`)]);
  expect(away.stderr).toContain(
    '\n  it calls itself https://other.example.com; issuer has to be that, to the letter\n',
  );
  expect(away.stdout + away.stderr).not.toContain('not-for-your-eyes');
});
