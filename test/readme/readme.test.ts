import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { needs } from '../support/needs.ts';
import { type RunningProgram, startProgram } from '../support/start-program.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const root = join(import.meta.dirname, '../..');
const readme = await readFile(join(root, 'README.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text.trim());

/** Every command of the README, in its order; a new one is first missed here, and then run below. */
const COMMANDS = [
  'npm ci && npm start',
  'npm start -- --upstream http://127.0.0.1:8050',
  'npx dashgate user add -u ada --allow sales',
  'npx dashgate check',
  'npx dashgate serve',
  'npx dashgate init nginx --output dashgate.conf',
  // By test/compose.
  'docker-compose up',
  // By which this test is run.
  'npm cit',
];

it('the README has these commands', () => {
  expect(blocks('sh').flatMap((block) => block.split('\n'))).toEqual(COMMANDS);
});

it('every link of the README leads to a file', async () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link.split('#', 1)[0] ?? '');
  expect(links.length).toBeGreaterThan(5);
  const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
  const missing = links.filter((link) => !tracked.some((file) => file === link || file.startsWith(link)));
  expect(missing).toEqual([]);
});

needs(
  'git',
  'curl',
  'nginx',
)('the README in a fresh copy of the repo', () => {
  let copy: TempDir;
  let dashboard: Server;
  let upstream: string;

  const run = (command: string, ready?: RegExp): Promise<RunningProgram> =>
    startProgram('bash', ['-c', command], {
      cwd: copy.path,
      // As a newcomer has it: nothing of this run's own Node on the path.
      env: { PATH: pathWithout('node_modules'), CI: '' },
      readyWithinMs: 120_000,
      ...(ready && { ready }),
    });

  beforeAll(async () => {
    copy = await tempDir();
    const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
    for (const file of files) {
      await mkdir(dirname(copy.file(file)), { recursive: true });
      await cp(join(root, file), copy.file(file)).catch(() => {}); // removed, and not committed yet
    }
    dashboard = createServer((_request, response) => response.end('my own dashboard'));
    await new Promise<void>((resolve) => dashboard.listen(0, '127.0.0.1', resolve));
    upstream = `http://127.0.0.1:${(dashboard.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    dashboard.close();
    await copy[Symbol.asyncDispose]();
  });

  it('npm ci && npm start: the demo with its two users', { timeout: 180_000 }, async () => {
    const port = await freePort();
    const line = `${COMMANDS[0]} -- --listen 127.0.0.1:${port}`;
    await using demo = await run(line, /^Open +http:\/\/127\.0\.0\.1:\d+\nSign in +.*\nYour own .*\n/m);
    const origin = `http://127.0.0.1:${port}`;
    expect(demo.output()).toContain('mica / 1234');
    expect((await curl('-u', 'mica:1234', `${origin}/api/hr`)).status).toBe(200);
    expect((await curl('-u', 'mike:123456', `${origin}/api/marketing`)).status).toBe(200);
    expect((await curl('-u', 'mike:123456', `${origin}/api/hr`)).status).toBe(403);
    expect((await curl(origin)).status).toBe(401);
  });

  it('npm start -- --upstream: one user with a password that is said once', async () => {
    const port = await freePort();
    const line = `${(COMMANDS[1] ?? '').replace('http://127.0.0.1:8050', upstream)} --listen 127.0.0.1:${port}`;
    await using start = await run(line, /Sign in .*\n/);
    const [, user = '', password = ''] = /Sign in +(\S+) \/ (\S+)/.exec(start.output()) ?? [];
    const answer = await curl('-u', `${user}:${password}`, `http://127.0.0.1:${port}/`);
    expect([answer.status, answer.body]).toEqual([200, 'my own dashboard']);
    expect(await readFile(copy.file('state/users.yaml'), 'utf8')).not.toContain(password);
  });

  it('a dashgate.yaml of one’s own: user add, check, serve, init nginx', { timeout: 90_000 }, async () => {
    const [yaml = '', pathRule = '', behindNginx = ''] = blocks('yaml');
    const port = await freePort();
    const own = yaml.replace('127.0.0.1:8080', `127.0.0.1:${port}`).replace('http://127.0.0.1:8050', upstream);
    const admin = 'admin: { listen: "127.0.0.1:0" }\n';
    await copy.write('dashgate.yaml', `${own}\n${admin}`);

    const [, , add = '', check = '', serve = '', init = ''] = COMMANDS;
    await using adding = await run(add);
    expect((await adding.ended).code).toBe(0);
    const password = /password: *(\S+)/i.exec(adding.stdout())?.[1] ?? '';
    await using checking = await run(check);
    expect((await checking.ended).code, checking.output()).toBe(0);
    expect(checking.output()).toMatch(/ is good: 1 app, 1 user, 0 warnings\n/);

    const checkPort = await freePort();
    await using serving = await run(`DASHGATE_SERVER_CHECK_LISTEN=127.0.0.1:${checkPort} ${serve}`, /listening/);
    const origin = `http://127.0.0.1:${port}`;
    expect((await curl('-u', `ada:${password}`, `${origin}/hr`)).body, serving.output()).toBe('my own dashboard');
    expect((await curl('-u', 'ada:wrong', `${origin}/hr`)).status).toBe(401);
    // The block begins where a key of the app does.
    await copy.write('dashgate.yaml', `${own}\n    ${pathRule}\n${admin}`);
    await serving.printed(/configuration reloaded/, 30_000);
    expect((await curl('-u', `ada:${password}`, `${origin}/hr`)).status).toBe(403);
    expect((await curl('-u', `ada:${password}`, origin)).status).toBe(200);

    await copy.write('dashgate.yaml', `${own.replace(/^server:.*/, behindNginx)}\n${admin}`);
    // Away from the folder, on whichever Node stands on the path.
    await using away = await run(
      `cd / && node "${copy.file('dist/main.js')}" check --config "${copy.file('dashgate.yaml')}"`,
    );
    expect([(await away.ended).code, away.output()]).toEqual([0, expect.stringContaining(' is good: ')]);

    await using initing = await run(init);
    expect((await initing.ended).code, initing.output()).toBe(0);
    expect(await readFile(copy.file('dashgate.conf'), 'utf8')).toContain('auth_request /_dashgate/auth/nginx;');
  });
});

const pathWithout = (part: string): string =>
  (process.env.PATH ?? '')
    .split(':')
    .filter((folder) => !folder.includes(part))
    .join(':');
