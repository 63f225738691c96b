import { spawnSync } from 'node:child_process';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { type RunningProgram, startProgram } from '../support/start-program.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const PASSWORD = `correct "horse" 'battery' $HOME \\ ü`;
const HOST = 'tabpy.example.com';

needs('python', 'curl')('the Procfile, with the real TabPy', () => {
  let dir: TempDir;
  let port: number;
  beforeAll(async () => {
    dir = await tempDir();
    port = await freePort();
    for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts', 'src', 'nginx', 'deploy']) {
      await cp(join(ROOT, name), dir.file(name), { recursive: true });
    }
    await cp(join(ROOT, 'examples/tabpy'), dir.file('examples/tabpy'), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), dir.file('node_modules'));
    // As Heroku's buildpacks do.
    const { scripts } = JSON.parse(await readFile(dir.file('package.json'), 'utf8'));
    const run = (line: string) => spawnSync('bash', ['-c', line], { cwd: dir.path, encoding: 'utf8' });
    for (const line of [scripts['heroku-prebuild'], scripts.build]) {
      const { status, stdout, stderr } = run(line);
      expect({ line, status, said: stdout + stderr }).toEqual({ line, status: 0, said: '' });
    }
    const tabpyPort = await freePort();
    for (const name of ['deploy/heroku/tabpy.conf', 'deploy/heroku/dashgate.yaml']) {
      const text = await readFile(dir.file(name), 'utf8');
      await writeFile(dir.file(name), text.replace('9004', `${tabpyPort}`));
    }
  }, 60_000);
  afterAll(() => dir[Symbol.asyncDispose]());

  const start = async (env: NodeJS.ProcessEnv, ready: RegExp | null = /Web service listening/) => {
    const line = /^web: (.+)$/m.exec(await readFile(dir.file('Procfile'), 'utf8'))?.[1] ?? '';
    const running = await startProgram('bash', ['-c', line], {
      cwd: dir.path,
      env: {
        PATH: `${dirname(program('python'))}:${process.env.PATH}`,
        PORT: `${port}`,
        USERNAME: undefined,
        PASSWORD: undefined,
        TABPY_PWD_FILE: undefined,
        DASHGATE_SERVER_PUBLIC_URL: `https://${HOST}`,
        DASHGATE_SERVER_CHECK_LISTEN: '127.0.0.1:0',
        DASHGATE_ADMIN_LISTEN: '127.0.0.1:0',
        ...env,
      },
    });
    if (ready) {
      await running.printed(ready);
      await running.printed(/"message":"listening"/);
    }
    return running;
  };
  const ask = (path: string, ...args: string[]) =>
    curl('-H', `Host: ${HOST}`, ...args, `http://127.0.0.1:${port}${path}`);
  const evaluate = (script: string, ...args: string[]) =>
    ask('/evaluate', '--data-binary', JSON.stringify({ data: {}, script }), ...args);
  const sessionOf = ({ headers }: { headers: Headers }): string => headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';

  it('lets in the one user, whatever is in the password, and TabPy knows nothing of it', async () => {
    await using running = await start({ USERNAME: 'Ada', PASSWORD });
    expect((await ask('/info')).status).toBe(401);
    expect((await ask('/info', '-u', 'ada:x')).status).toBe(401);
    const info = await ask('/info', '-u', `ada:${PASSWORD}`);
    expect(info.status).toBe(200);
    expect(JSON.parse(info.body).versions.v1.features.authentication.required).toBe(true);
    expect(info.headers.getSetCookie()[0]).toMatch(/^__Host-dashgate=.*; Secure/);
    const names = ['USERNAME', 'PASSWORD', 'TABPY_PWD_FILE'];
    const { body } = await evaluate(
      `import os\nreturn [os.environ.get(n) for n in ${JSON.stringify(names)}]`,
      '-u',
      `ada:${PASSWORD}`,
    );
    expect(JSON.parse(body)).toEqual([null, null, null]);
    expect(running.output()).not.toContain(PASSWORD);
  });

  it('a changed password counts from the next start and ends the sessions, the same one leaves them', async () => {
    let cookie = '';
    {
      await using _running = await start({ USERNAME: 'ada', PASSWORD });
      cookie = sessionOf(await ask('/info', '-u', `ada:${PASSWORD}`));
    }
    {
      await using _running = await start({ USERNAME: 'ada', PASSWORD });
      expect((await ask('/info', '-b', cookie)).status).toBe(200);
    }
    {
      await using _running = await start({ USERNAME: 'ada', PASSWORD: 'another' });
      expect((await ask('/info', '-b', cookie)).status).toBe(401);
      expect((await ask('/info', '-u', `ada:${PASSWORD}`)).status).toBe(401);
      cookie = sessionOf(await ask('/info', '-u', 'ada:another'));
      expect(cookie).not.toBe('');
    }
    await using _running = await start({ USERNAME: 'bob', PASSWORD: 'another' });
    expect((await ask('/info', '-b', cookie)).status).toBe(401);
    expect((await ask('/info', '-u', 'ada:another')).status).toBe(401);
    expect((await ask('/info', '-u', 'bob:another')).status).toBe(200);
  });

  it('takes the users of TABPY_PWD_FILE, and keeps the one of the environment in it', async () => {
    const line =
      'bob 7716853bdc91132fe4bef86adaac0ae6fa9cf474c5b075e89880fcd21834d2bb16266eb65d0be0a8faa2ee48342708350b95af4af3caebbb8044f59341fcfab6\n';
    await dir.write('file.txt', line, 0o600);
    await using _running = await start({ USERNAME: 'ada', PASSWORD, TABPY_PWD_FILE: './file.txt' });
    expect((await ask('/info', '-u', 'bob:)7!f}dA_K=hrF7{x')).status).toBe(200);
    expect((await ask('/info', '-u', `ada:${PASSWORD}`)).status).toBe(200);
    expect(await readFile(dir.file('file.txt'), 'utf8')).toMatch(/^bob 77.*\nada [0-9a-f]{128}\n$/);
  });

  it.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ['PASSWORD', { USERNAME: 'ada' }, /^dashgate: --users-from-env: PASSWORD is not set; set USERNAME and PASSWORD/m],
    ['USERNAME', { PASSWORD }, /^dashgate: --users-from-env: USERNAME is not set; set USERNAME and PASSWORD/m],
    [
      'the address',
      { USERNAME: 'ada', PASSWORD, DASHGATE_SERVER_PUBLIC_URL: '' },
      /config:set DASHGATE_SERVER_PUBLIC_URL/,
    ],
  ])('without %s it ends with 2 and says what to do, and TabPy ends with it', async (_what, env, said) => {
    await using running: RunningProgram = await start(env, null);
    expect((await running.ended).code).toBe(2);
    expect(running.stderr()).toMatch(said);
    expect(running.output()).not.toContain(PASSWORD);
  });

  it('knows its address by itself where Heroku tells it', async () => {
    const known = { DASHGATE_SERVER_PUBLIC_URL: undefined, HEROKU_APP_DEFAULT_DOMAIN_NAME: HOST };
    await using _running = await start({ USERNAME: 'ada', PASSWORD, ...known });
    const { status, headers } = await ask('/info', '-u', `ada:${PASSWORD}`);
    expect(status).toBe(200);
    expect(headers.getSetCookie()[0]).toMatch(/^__Host-dashgate=.*; Secure/);
  });

  it('ends when TabPy does', async () => {
    await using running = await start({ USERNAME: 'ada', PASSWORD });
    const { status } = await evaluate(
      'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)',
      '-u',
      `ada:${PASSWORD}`,
    );
    expect(status).toBe(502);
    expect((await running.ended).code).toBe(0);
  });
});
