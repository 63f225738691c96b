import { readFile, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { verify } from '@node-rs/argon2';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadCommands, main } from '../../src/cli/main.ts';
import { freePort } from '../support/free-port.ts';
import { usersFile } from '../support/gate.ts';
import { startLyingProvider } from '../support/lying-provider.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir();
  return () => dir[Symbol.asyncDispose]();
});

/** Runs a command to its end in the folder. */
async function run(args: readonly string[], { input = '', env = {} as Record<string, string> } = {}) {
  let out = '';
  let err = '';
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env,
    cwd: dir.path,
    stdin: Readable.from([input]),
    signal: AbortSignal.abort(),
  });
  return { code, out, err };
}

describe('help', () => {
  it.each(['--help', '-h', 'help'])('%s names every command, in a line each', async (word) => {
    const { code, out, err } = await run([word]);
    expect([code, err]).toEqual([0, '']);
    for (const { name, summary } of await loadCommands())
      expect(out).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 20)}`, 'm'));
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it.each([
    ['serve', ['--config', 'DASHGATE_', 'SIGTERM', 'a bad new version is refused']],
    ['demo', ['--upstream', '--listen', 'loopback', 'password']],
    ['check', ['Exit code', 'changes nothing']],
    ['user', ['add', '-u', '-f', '-p', '--allow', 'standard input']],
    ['secret', ['--output', 'mode 600', '32 random bytes']],
    ['init', ['nginx', '--output']],
    ['health', ['/readyz', 'Exit code']],
  ])('%s --help says what it takes and does', async (name, words) => {
    for (const word of ['--help', '-h']) {
      const { code, out } = await run([name, word]);
      expect(code).toBe(0);
      expect(out).toMatch(/^Usage: dashgate /);
      for (const promised of words) expect(out).toContain(promised);
    }
  });

  it('help COMMAND says the same, and knows no more commands', async () => {
    expect(await run(['help', 'serve'])).toEqual(await run(['serve', '--help']));
    expect(await run(['help', 'serv'])).toMatchObject({ code: 2, err: expect.stringContaining('no command "serv"') });
  });

  it.each(['--version', '-v'])('%s says the version', async (word) => {
    expect(await run([word])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe('what is not understood is said in one line, with exit code 2:', () => {
  it.each([
    [['serv'], /there is no command "serv"; "dashgate --help" lists them/],
    [['secret', '--ouput', 'x'], /--ouput is not known here; did you mean --output\?/],
    [['secret', '--output'], /--output needs a value/],
    [['secret', 'more'], /"more" is one word too many/],
    [['demo', '--frobnicate'], /--frobnicate is not known here/],
    [
      ['check', '--session.lifetme', '4h'],
      /--session\.lifetme: there is no such flag; did you mean --session\.lifetime\?/,
    ],
    [['check', '--session.lifetime'], /--session\.lifetime needs a value/],
    [['user'], /dashgate user add/],
    [['user', 'ad'], /dashgate user add/],
    [['user', 'add'], /-u NAME is missing/],
    [['user', 'add', '-u', 'a:b'], /cannot contain ":"/],
    [['user', 'add', '-u', 'mica', '-p', ''], /password/],
    [['user', 'add', '-u', 'mica', '--allow', 'h r'], /"h r" is not a grant/],
    [['init', 'apache'], /nginx/],
    [['check', '--config', 'nowhere.yaml'], /^dashgate: nowhere\.yaml: .*no such file/],
  ])('%j', async (args, message) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^dashgate: /);
    expect(err).toMatch(message);
    expect(err).not.toContain('    at ');
  });
});

describe('secret', () => {
  it('prints a key of 32 bytes, another each time', async () => {
    const [{ out: one, code }, { out: other }] = [await run(['secret']), await run(['secret'])];
    expect(code).toBe(0);
    expect(Buffer.from(one.trim(), 'base64url')).toHaveLength(32);
    expect(one).toMatch(/^[\w-]{43}\n$/);
    expect(other).not.toBe(one);
  });

  it('makes a file that only its user may read, and never touches one that is there', async () => {
    expect(await run(['secret', '--output', 'session.keys'])).toEqual({ code: 0, out: '', err: '' });
    const file = dir.file('session.keys');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(/^[\w-]{43}$/m);
    const again = await run(['secret', '--output', 'session.keys']);
    expect([again.code, again.out]).toEqual([1, '']);
    expect(again.err).toContain('is there already');
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('says what to do where the folder is missing', async () => {
    const { code, err } = await run(['secret', '--output', 'no/session.keys']);
    expect([code, err]).toEqual([2, expect.stringMatching(/cannot be created; make its folder first/)]);
  });
});

describe('oauth-secret', () => {
  it('prints a Fernet key, another each time', async () => {
    const keys = [await run(['oauth-secret']), await run(['oauth-secret'])].map(({ code, out }) => {
      expect(code).toBe(0);
      expect(out).toMatch(/^[A-Za-z0-9_-]{43}=\n$/);
      return out;
    });
    expect(new Set(keys).size).toBe(2);
  });
});

describe('check', () => {
  const APP = 'name: sales, at: /, upstream: "http://127.0.0.1:8050"';
  const RULES = 'resource: marketing, resources: [{ resource: hr, paths: ["/hr/**"] }]';
  const GOOD = `directories: [{ file: users.yaml }]\napps:\n  - { ${APP}, ${RULES} }\n`;
  beforeEach(async () => {
    await dir.write('users.yaml', await usersFile({}, { m: 19_456, t: 2 }));
  });

  it('says that all is good, and changes nothing', async () => {
    await dir.write('dashgate.yaml', GOOD);
    const { code, out, err } = await run(['check']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/dashgate\.yaml is good: 1 app, 4 users, 0 warnings\n$/);
    await expect(stat(dir.file('state'))).rejects.toThrow('ENOENT');
  });

  it('says where people sign in and where their session is carried to, and takes no mixture of http and https', async () => {
    const apps = (away: string): string =>
      `server: { public_url: "https://dash.example.com" }\n${GOOD}  - { name: away, at: "${away}", upstream: "http://127.0.0.1:8060" }\n`;
    await dir.write('dashgate.yaml', apps('https://away.example.com/'));
    expect((await run(['check'])).out).toContain(
      '\npeople sign in at https://dash.example.com, and a session is carried to https://away.example.com\n',
    );
    await dir.write('dashgate.yaml', apps('http://away.example.com/'));
    const { code, err } = await run(['check']);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^dashgate: dashgate\.yaml:5: apps\[1\]\.at: is http while/),
    ]);
  });

  it('prints warnings, and is content all the same', async () => {
    await dir.write(
      'dashgate.yaml',
      `${GOOD}server: { listen: "0.0.0.0:8080", public_url: "http://dash.example.com" }\n`,
    );
    const { code, out, err } = await run(['check']);
    expect([code, out]).toEqual([0, expect.stringContaining('1 warning')]);
    expect(err).toMatch(/^warning: dashgate\.yaml:4: server\.listen: .*without https/);
  });

  it('warns of grants that nothing asks for, and of resources that nobody has', async () => {
    await run([
      'user',
      'add',
      '-u',
      'ada',
      '-p',
      'ada-Kt5',
      '--allow',
      'marketing,sales/pay,sales/_all_',
      '-f',
      'a.yaml',
    ]);
    await run(['user', 'add', '-u', 'bob', '-p', 'bob-Kt5', '--allow', 'marekting', '-f', 'b.yaml']);
    const checked = async (file: string) => {
      await dir.write('dashgate.yaml', GOOD.replace('users.yaml', file));
      const { code, err } = await run(['check']);
      expect(code).toBe(0);
      return err.trimEnd().split('\n');
    };
    expect(await checked('a.yaml')).toEqual([
      expect.stringMatching(/^warning: .*a\.yaml: allowed_resources has what no app asks for.*: sales\/pay; check/),
    ]);
    expect(await checked('b.yaml')).toEqual([
      expect.stringMatching(/^warning: .*b\.yaml: allowed_resources has .*: marekting; check/),
      expect.stringMatching(
        /^warning: apps: sales asks for the resource marketing, which nobody has been granted; name it/,
      ),
      expect.stringMatching(/^warning: apps: sales asks for the resource hr, which nobody/),
    ]);
  });

  it('warns of users as whom nobody is to act, and whom no file has', async () => {
    const imp = 'impersonation: { groups: [support], except: { users: [Mica, micha] } }';
    await dir.write(
      'dashgate.yaml',
      `${imp}\ndirectories: [{ file: users.yaml }]\napps:\n  - { ${APP}, resource: hr }\n`,
    );
    const { code, err } = await run(['check']);
    expect(code).toBe(0);
    expect(err.split('\n').filter((line) => line.includes('impersonation'))).toEqual([
      'warning: dashgate.yaml:1: impersonation.except.users[1]: is a user of no file, so it protects nobody; check its spelling',
    ]);
  });

  it('warns of users of grants that nobody can be', async () => {
    const warned = async (who: string) => {
      await dir.write('dashgate.yaml', `${who}\napps:\n  - { ${APP}, resource: hr }\n`);
      const { code, err } = await run(['check']);
      expect(code).toBe(0);
      return err.split('\n').filter((line) => line.includes('grants.users'));
    };
    const grants = (names: string): string =>
      `grants:\n  users:\n${names
        .split(' ')
        .map((name) => `    "${name}": [hr]\n`)
        .join('')}`;
    const files = 'directories: [{ file: users.yaml }]';
    const providers =
      'providers: [{ id: corp, type: oidc, issuer: "https://login.example.com", client_id: x, client_secret: y }]';
    const ldap = 'directories: [{ ldap: { url: "ldaps://ldap.example.com", base_dn: "dc=x" } }]';
    const names = grants('Mica micha file:mica mica@example.com');
    expect(await warned(names + files)).toEqual([
      'warning: dashgate.yaml:4: grants.users.micha: is a user of no file, so it grants nothing; check its spelling, or add the user',
      expect.stringMatching(/^warning: dashgate\.yaml:6: grants\.users\.…: is a user of no file/),
    ]);
    expect(await warned(grants('mica mica@example.com corp:4711') + providers)).toEqual([
      'warning: dashgate.yaml:3: grants.users.mica: is a user name, and there are no directories, so it grants nothing; write people of a provider in full, as corp:SUBJECT, which the audit log has',
      expect.stringMatching(/^warning: dashgate\.yaml:4: grants\.users\.…: is a user name, and .*corp:SUBJECT/),
    ]);
    expect(await warned(`${names}${files}\n${providers}`)).toEqual([
      expect.stringMatching(/micha: is a user of no file.*; check its spelling, or add the user; .*corp:SUBJECT/),
      expect.stringMatching(/:6: .*corp:SUBJECT/),
    ]);
    expect(await warned(names + ldap)).toEqual([]);
  });

  it('asks the Redis of session.store where that is wanted, and not without', async () => {
    await dir.write('dashgate.yaml', `${GOOD}session: { store: "redis://127.0.0.1:${await freePort()}" }\n`);
    expect((await run(['check'])).code).toBe(0);
    const { code, out, err } = await run(['check', '--connect']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^dashgate: session\.store: the Redis at 127\.0\.0\.1:\d+ is not there: .*ECONNREFUSED/);
  });

  it('asks all of them, tells of each in a line of its own, and is content with none but all', async () => {
    const issuer = (port: number): string =>
      `type: oidc, issuer: "http://127.0.0.1:${port}", client_id: x, client_secret: y`;
    const away = [await freePort(), await freePort()];
    await using there = await startLyingProvider();
    const providers = [
      `{ id: one, ${issuer(away[0] ?? 0)} }`,
      `{ id: two, type: oidc, issuer: "${there.issuer}", client_id: x, client_secret: y }`,
      `{ id: three, ${issuer(away[1] ?? 0)} }`,
    ];
    const write = (list: readonly string[]) =>
      dir.write('dashgate.yaml', `${GOOD}providers: [${list}]\nsession: { store: "redis://127.0.0.1:${away[0]}" }\n`);
    await write(providers);
    const { code, out, err } = await run(['check', '--connect']);
    expect([code, out]).toEqual([1, '- two answers\n']);
    for (const said of [/^dashgate: one: /gm, /^dashgate: three: /gm, /^dashgate: session\.store: /gm])
      expect(err.match(said), `${said}`).toHaveLength(1);
    expect(err).not.toContain('two');
  });

  it('reads the secrets that apps are told by', async () => {
    const app = (more: string) =>
      dir.write(
        'dashgate.yaml',
        GOOD.replace(
          'upstream:',
          `identity: [signed-cookie], signed_cookie: { name: a, secret_file: ${more} }, upstream:`,
        ),
      );
    await app('no-such-file');
    expect(await run(['check'])).toMatchObject({ code: 2, err: expect.stringContaining('no-such-file') });
    await dir.write('short', 'too-short', 0o600);
    await app('short');
    expect(await run(['check'])).toMatchObject({ code: 2, err: expect.stringContaining('too short for HS256') });
  });

  it('names file and line of everything that is wrong', async () => {
    await dir.write('dashgate.yaml', `${GOOD}sesion: {}\nlog: { level: loud }\n`);
    const { code, err } = await run(['check']);
    expect(code).toBe(2);
    expect(err).toMatch(/^dashgate: dashgate\.yaml:4: sesion: .*session/);
    expect(err).toMatch(/^dashgate\.yaml:5: log\.level: /m);
  });

  it('reads the users, the key and the picture too', async () => {
    await dir.write('dashgate.yaml', `${GOOD}login: { logo_file: logo.bmp }\n`);
    expect((await run(['check'])).err).toMatch(/logo\.bmp is no picture/);
    await dir.write('dashgate.yaml', `${GOOD}session: { secret_file: session.keys }\n`);
    await dir.write('session.keys', 'short\n', 0o600);
    expect(await run(['check'])).toMatchObject({ code: 2, err: expect.stringMatching(/session\.keys:1: /) });
    await dir.write('users.yaml', 'users:\n  mica: { pasword: x }\n');
    expect(await run(['check'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/users\.yaml:2: password is missing/),
    });
  });

  it('refuses the users of the demo before anything but this machine', async () => {
    await run(['user', 'add', '-u', 'mica', '-p', '1234', '-f', 'demo.yaml']);
    await dir.write('dashgate.yaml', GOOD.replace('users.yaml', 'demo.yaml'));
    expect((await run(['check'])).code).toBe(0);
    const env = { DASHGATE_SERVER_PUBLIC_URL: 'https://dash.example.com' };
    expect(await run(['check'], { env })).toMatchObject({
      code: 2,
      err: expect.stringMatching(/demo\.yaml:\d+: mica has the password of the demo/),
    });
  });

  it('takes flags before environment before the file', async () => {
    await dir.write('dashgate.yaml', GOOD);
    const env = { DASHGATE_SESSION_LIFETIME: 'nonsense' };
    expect(await run(['check'], { env })).toMatchObject({
      code: 2,
      err: expect.stringContaining('DASHGATE_SESSION_LIFETIME: '),
    });
    expect((await run(['check', '--session.lifetime', '4h'], { env })).code).toBe(0);
    expect((await run(['check', '--session.lifetime=4h'], { env })).code).toBe(0);
  });
});

describe('user add', () => {
  const file = () => readFile(dir.file('users.yaml'), 'utf8');

  it('makes a users file with one user, and says the generated password once', async () => {
    const { code, out } = await run(['user', 'add', '-u', 'Mica', '--allow', 'Marketing,sales/hr']);
    expect(code).toBe(0);
    const password = /^Generated password: (\S+)\n$/.exec(out)?.[1] ?? 'none';
    expect(await file()).toMatch(/mica: .*\$argon2id\$.*allowed_resources: \[ ?marketing, sales\/hr ?\]/);
    expect(await file()).not.toContain(password);
    expect((await stat(dir.file('users.yaml'))).mode & 0o777).toBe(0o600);
  });

  it('leaves comments and users of a file as they were, and refuses a second of one name', async () => {
    const before = `# the finance people\n${await usersFile()}# the end\n`;
    await writeFile(dir.file('users.yaml'), before);
    expect(await run(['user', 'add', '-u', 'zoe', '-p', 'zoe-Kt5'])).toEqual({ code: 0, out: '', err: '' });
    const after = await file();
    expect(after).toContain('# the finance people');
    expect(after).toContain('# the end');
    for (const hash of before.match(/\$argon2id\$[^"]+/g) ?? []) expect(after).toContain(hash);
    expect(after).not.toContain('zoe-Kt5');
    const again = await run(['user', 'add', '-u', 'ZOE', '-p', 'other']);
    expect([again.code, again.out]).toEqual([1, '']);
    expect(again.err).toContain('has such a user already');
    expect(await file()).toBe(after);
  });

  it('takes the password from standard input, less the line end of echo', async () => {
    expect((await run(['user', 'add', '-u', 'mica', '-p', '-'], { input: ' two words \n' })).code).toBe(0);
    const phc = /\$argon2id\$[^"'\s]+/.exec(await file())?.[0] ?? '';
    expect(await verify(phc, ' two words ')).toBe(true);
    expect(await verify(phc, 'two words')).toBe(false);
  });

  it('never writes into a file that is not whole', async () => {
    await writeFile(dir.file('users.yaml'), 'users:\n  mica: {');
    expect(await run(['user', 'add', '-u', 'zoe', '-p', 'x'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/users\.yaml:\d+: /),
    });
    expect(await file()).toBe('users:\n  mica: {');
  });
});

describe('health', () => {
  it('says with exit code 1 that nobody answers', async () => {
    const port = await freePort();
    const apps = '[{ name: a, at: /, upstream: "http://127.0.0.1:8050" }]';
    const { code, err } = await run(['health', '--admin.listen', `127.0.0.1:${port}`, '--apps', apps]);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/nobody answers on 127\.0\.0\.1:\d+; is "dashgate serve" running/),
    ]);
  });
});
