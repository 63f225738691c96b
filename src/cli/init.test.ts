import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { freePort } from '../../test/support/free-port.ts';
import { needs } from '../../test/support/needs.ts';
import { refusedConnections } from '../../test/support/no-network.ts';
import { startNginx } from '../../test/support/start-nginx.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { main } from './main.ts';

const CONFIG = `
server: { public_url: "https://dash.example.com", trusted_proxies: ["127.0.0.1"] }
directories: [{ file: users.yaml }]
apps:
  - { name: sales, at: /sales/, upstream: "http://127.0.0.1:8050" }
  - { name: reports, at: "https://reports.example.com/", upstream: "unix:/run/reports.sock" }
`;

/** Runs `dashgate init …` in a folder with this dashgate.yaml. */
async function run(yaml: string, args: readonly string[], env: Record<string, string> = {}) {
  await using dir = await tempDir();
  await dir.write('dashgate.yaml', yaml);
  const said = { out: '', err: '' };
  const io = {
    out: (text: string) => {
      said.out += text;
    },
    err: (text: string) => {
      said.err += text;
    },
    ...{ env, cwd: dir.path, stdin: process.stdin, signal: AbortSignal.timeout(20_000) },
  };
  const code = await main(['init', ...args], io);
  const files = Object.fromEntries(
    await Promise.all(
      (await readdir(dir.path)).map(async (name) => [name, await readFile(dir.file(name), 'utf8')] as const),
    ),
  );
  return { code, ...said, files };
}

needs('nginx')('dashgate init nginx', () => {
  it('prints what nginx -t accepts, and says so', async () => {
    for (const args of [
      [],
      ['--whole'],
      ['--listen', '8443', '--redirect-listen', '8090'],
      ['--redirect-listen', 'none'],
      ['--auth-cache', '2s', '--whole'],
    ]) {
      const { code, out, err } = await run(CONFIG, ['nginx', ...args]);
      expect({ args, code }).toEqual({ args, code: 0 });
      expect(err).toContain('nginx -t accepts it');
      expect(out).toContain('auth_request /_dashgate/auth/nginx;');
    }
  });

  it('takes flags and the environment over the file, as every command', async () => {
    const public_url = 'https://other.example.com:8443';
    for (const [args, env] of [
      [['--server.public_url', public_url], {}],
      [[], { DASHGATE_SERVER_PUBLIC_URL: public_url }],
    ] as const) {
      const { out } = await run(CONFIG, ['nginx', ...args], env);
      expect(out).toContain('return 307 https://other.example.com:8443$request_uri;');
      expect(out).toContain('listen 8443 ssl http2;');
    }
  });

  it('leads to several instances: hosts, of which a dead one is left alone, or folders with sockets', async () => {
    const upstreams = (out: string): string[] =>
      out
        .split('\n')
        .filter((line) => /^ {4}server (?:one|two|unix:\/run\/(?:one|two))/.test(line))
        .map((line) => line.trim());
    const hosts = await run(CONFIG, ['nginx', '--instances', 'one,two']);
    expect(hosts.err).toContain('nginx -t accepts it');
    expect(upstreams(hosts.out)).toEqual([
      ...['server one:8081 max_fails=1 fail_timeout=2s;', 'server two:8081 max_fails=1 fail_timeout=2s;'],
      ...['server one:8080 max_fails=1 fail_timeout=2s;', 'server two:8080 max_fails=1 fail_timeout=2s;'],
    ]);
    const unix = CONFIG.replace(
      'server: {',
      'server: { listen: "unix:/run/x/p.sock", check_listen: "unix:/run/x/c.sock",',
    ).replace('"127.0.0.1"', 'unix');
    const sockets = await run(unix, ['nginx', '--instances', '/run/one,/run/two']);
    expect(upstreams(sockets.out)).toEqual(
      ['c', 'c', 'p', 'p'].map((name, i) => `server unix:/run/${i % 2 ? 'two' : 'one'}/${name}.sock max_fails=0;`),
    );
    expect((await run(CONFIG, ['nginx', '--instances', '/run/one'])).err).toContain('--instances');
    expect((await run(unix, ['nginx', '--instances', 'one'])).err).toContain('--instances');
    expect((await run(CONFIG, ['nginx', '--instances', 'one,two;'])).code).toBe(2);
  });

  it('writes to a file where asked to', async () => {
    const { code, out, files } = await run(CONFIG, ['nginx', '--output', 'dashgate.conf']);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(files['dashgate.conf']).toContain('server_name dash.example.com;');
    expect((await run(CONFIG, ['nginx', '--output', 'no/such/folder'])).code).toBe(2);
  });

  it('says what could not be checked here: certificates, host names', async () => {
    const { code, err } = await run(CONFIG.replace('http://127.0.0.1:8050', 'http://nowhere.invalid:8050'), [
      'nginx',
      '--cert',
      '/no/such/cert.pem',
      '--key',
      '/no/such/key.pem',
    ]);
    expect(code).toBe(0);
    expect(err).toContain('/no/such/cert.pem and its key are not on this machine');
    expect(err).toContain('nowhere.invalid has no address here');
    refusedConnections(); // the question for its address
  });

  it('exit 1, and nginx’s own words, where nginx refuses: a certificate that is none', async () => {
    await using dir = await tempDir();
    const [cert, key] = [await dir.write('cert.pem', 'no'), await dir.write('key.pem', 'no')];
    const { code, out, err } = await run(CONFIG, ['nginx', '--cert', cert, '--key', key]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('cannot load certificate');
  });

  it('leaves nothing behind', async () => {
    const left = async (): Promise<string[]> =>
      (await readdir(tmpdir())).filter((name) => name.startsWith('dashgate-nginx-'));
    const before = await left();
    await run(CONFIG, ['nginx']);
    expect((await left()).filter((name) => !before.includes(name))).toEqual([]);
  });

  it.each([
    ['a variable in a path', CONFIG.replace('/sales/', '/sales$request_uri/')],
    ['a variable in a socket', CONFIG.replace('/run/reports.sock', '/run/$pid.sock')],
  ])('exit 2 for what nginx has no way to hold: %s', async (_, yaml) => {
    const { code, out, err } = await run(yaml, ['nginx']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('nginx has no way to hold $');
  });

  it.each([
    ['quotes and braces', '/run/a\\"; } } server { listen 9; } #.sock'],
    ['a backslash', '/run/a\\\\.sock'],
    ['blanks and a comment', '/run/a b # c;.sock'],
  ])('writes %s so that nginx reads a name and nothing more', async (_, socket) => {
    const { code, out } = await run(CONFIG.replace('/run/reports.sock', socket), ['nginx']);
    expect(code).toBe(0);
    expect(out.split('\n').filter((line) => line.includes('unix:/run/'))).toHaveLength(1);
  });

  it.each([
    [['--listen', '443; return 200'], '--listen'],
    [['--listen', 'unix:/run/x'], '--listen'],
    [['--redirect-listen', '70000'], '--redirect-listen'],
    [['--redirect-listen', '443'], '--redirect-listen'],
    [['--redirect-listen', '8080'], '--redirect-listen: 8080 is where dashgate itself is'],
    [['--cert', 'relative.pem', '--key', '/k'], '--cert'],
    [['--cert', 'data:x', '--key', '/k'], '--cert'],
    [['--cert', '/only/one'], '--key'],
    [['--dashgate', 'a b'], '--dashgate'],
    [['--auth-cache', '1s'], '--auth-cache: write 2s to 10s, or none'],
    [['--auth-cache', '1m'], '--auth-cache'],
  ])('exit 2 for %j', async (args, named) => {
    const { code, err } = await run(CONFIG, ['nginx', ...args]);
    expect(code).toBe(2);
    expect(err).toContain(named);
  });

  it('exit 2 without a front, and for one that it does not know', async () => {
    expect((await run(CONFIG, [])).code).toBe(2);
    expect((await run(CONFIG, ['apache'])).code).toBe(2);
  });

  it('refuses two origins that nginx could not tell apart, and TLS behind TLS', async () => {
    const two = CONFIG.replace('reports.example.com/', 'dash.example.com:8443/');
    expect((await run(two, ['nginx'])).code).toBe(0);
    expect((await run(two, ['nginx', '--listen', '443'])).err).toContain('could not tell them apart');
    const tls = CONFIG.replace('server: {', 'server: { tls: { cert_file: a, key_file: b },');
    expect((await run(tls, ['nginx'])).err).toContain('server.tls');
  });

  it.each([
    'upstream_auth: fixed, upstream_credentials: { user: x, password_file: y }',
    'identity: [basic], upstream_credentials: { user: x, password_file: y }',
    'identity: [bearer]',
    'identity: [panel], panel_cookies: { secret_file: y }',
  ])('refuses to keep a credential in nginx’s cache: %s', async (given) => {
    const { code, err } = await run(CONFIG.replace('8050" }', `8050", ${given} }`), ['nginx', '--auth-cache', '2s']);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('the credential that sales is given') });
  });

  it.each(['~x', '.example.com'])('refuses %s, which nginx would read as many names', async (host) => {
    const { code, out } = await run(CONFIG.replace('reports.example.com', host), ['nginx']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it.each<[string, string, string[]]>([
    ['nothing is set', '', []],
    ['the public address has its port', 'server: { public_url: "https://dash.example.com:8080" }', []],
    ['nginx is told so', 'server: { public_url: "https://dash.example.com" }', ['--listen', '127.0.0.1:8080']],
    ['it is on every address', 'server: { listen: "0.0.0.0:443", public_url: "https://dash.example.com" }', []],
    ['it is where the check is asked', 'server: { public_url: "http://dash.example.com:8081" }', []],
  ])('exit 2 where nginx would listen where dashgate does, with what to set: %s', async (_, server, args) => {
    const yaml = CONFIG.replace(/server: .*/, server);
    const whole = server.includes('https') ? yaml : yaml.replace('https://reports', 'http://reports');
    const { code, out, err } = await run(whole, ['nginx', ...args]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(
      /^dashgate: dashgate\.yaml:\d+: server\.public_url: .*where dashgate itself is \(server\.(?:check_)?listen: /,
    );
    expect(err).toContain('name nginx in server.trusted_proxies');
  });

  it('but not where another machine or another address has it', async () => {
    const elsewhere = 'server: { listen: "0.0.0.0:443", public_url: "https://dash.example.com" }';
    expect((await run(CONFIG.replace(/server: .*/, elsewhere), ['nginx', '--dashgate', '192.0.2.7'])).code).toBe(0);
    expect((await run(CONFIG, ['nginx', '--listen', '127.0.0.2:8080'])).code).toBe(0);
  });

  it('warns of a public address without https, unless it is this machine', async () => {
    const plain = CONFIG.replace('https://dash', 'http://dash').replace('https://reports', 'http://reports');
    expect((await run(plain, ['nginx'])).err).toContain('warning: server.public_url is plain http');
    const here = plain.replace('http://dash.example.com', 'http://localhost:9000');
    expect((await run(here, ['nginx'])).err).not.toContain('plain http');
  });

  it('warns where nobody would believe nginx who its clients are', async () => {
    const { err } = await run(CONFIG.replace(', trusted_proxies: ["127.0.0.1"]', ''), ['nginx']);
    expect(err).toContain('server.trusted_proxies is empty');
  });

  it('--whole runs as it stands, with its files in the folder that it was told', async () => {
    await using dir = await tempDir();
    await mkdir(dir.file('temp'));
    const yaml = CONFIG.replace('https://dash', 'http://dash').replace('https://reports', 'http://reports');
    const { out } = await run(yaml, [
      'nginx',
      '--whole',
      '--temp',
      dir.file('temp'),
      '--listen',
      `127.0.0.1:${await freePort()}`,
      '--access-log',
      dir.file('access.log'),
    ]);
    await writeFile(dir.file('nginx.conf'), out);
    await using _nginx = await startNginx(out);
    expect(await readdir(dir.file('temp'))).toContain('nginx.pid');
  });
});
