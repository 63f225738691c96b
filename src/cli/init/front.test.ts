import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { needs } from '../../../test/support/needs.ts';
import { frontProgram } from '../../../test/support/programs.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { loadConfig } from '../../config/load.ts';
import { checkFront } from '../../fronts/check.ts';
import { readFrontOptions } from '../../fronts/options.ts';
import { main } from '../main.ts';

const CONFIG = `
server: { public_url: "https://dash.example.com", trusted_proxies: ["127.0.0.1"] }
directories: [{ file: users.yaml }]
providers: [{ id: corp, type: github, client_id: a, client_secret: b, redirect_uri: /back/here }]
apps:
  - { name: sales, at: /, upstream: "http://127.0.0.1:8050", login_path: /login }
  - { name: cut, at: /cut/, upstream: "http://127.0.0.1:8051/" }
  - { name: parts, at: /parts/, upstream: "http://127.0.0.1:8052", kind: dash, sections: true }
  - { name: told, at: /told/, upstream: "http://127.0.0.1:8053", session_notice: on }
  - { name: wiki, at: "https://wiki.example.com/a(b)/", upstream: "http://wiki.internal:8054" }
`;

async function run(yaml: string, args: readonly string[]) {
  await using dir = await tempDir();
  await dir.write('dashgate.yaml', yaml);
  const said = { out: '', err: '' };
  const code = await main(['init', ...args], {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    ...{ env: {}, cwd: dir.path, stdin: process.stdin, signal: AbortSignal.timeout(60_000) },
  });
  return { code, ...said };
}

describe.each(['caddy', 'envoy', 'traefik'] as const)('dashgate init %s', (front) => {
  it('leads to no dashboard but those that it asks for, and to dashgate with all that is changed on its way', async () => {
    const { code, out } = await run(CONFIG, [front]);
    expect(code).toBe(0);
    for (const port of ['8050', '8054']) expect(out).toContain(port);
    for (const port of ['8051', '8052', '8053']) expect(out).not.toContain(port);
    for (const app of ['sales', 'wiki']) expect(out).toMatch(new RegExp(`/auth/(?:envoy/|forward\\?.*app=)${app}\\b`));
    for (const path of ['/back/here', '/login', '/cut', '/a(b)']) expect(out).toContain(path);
  });

  it.each([
    [
      'TLS of dashgate’s own',
      CONFIG.replace('server: {', 'server: { tls: { cert_file: a, key_file: b },'),
      'dashgate.yaml:2: server.tls: ',
    ],
    [
      'a host that is none',
      CONFIG.replace('https://wiki.example.com', 'https://~wiki.example.com'),
      'dashgate.yaml:10: apps[4].at: ',
    ],
  ])('exit 2 for %s', async (_what, yaml, named) => {
    const { code, out, err } = await run(yaml, [front]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(named);
  });

  it.each([
    [['--cert', '/x'], '--cert'],
    [['--cert', 'x', '--key', 'y'], '--cert'],
    [['--dashgate', 'a b'], '--dashgate'],
    [['--sockets', 'verify'], '--sockets'],
    [['nginx'], 'nginx'],
    [
      front === 'traefik' ? ['--listen', '443'] : ['--entry-point', 'web'],
      front === 'traefik' ? '--listen' : '--entry-point',
    ],
    [
      front === 'traefik' ? ['--entry-point', 'a b'] : ['--listen', 'here'],
      front === 'traefik' ? '--entry-point' : '--listen',
    ],
  ])('exit 2 for %j', async (args, named) => {
    const { code, err } = await run(CONFIG, [front, ...args]);
    expect(code).toBe(2);
    expect(err).toContain(named);
  });

  it('says once each what it leaves to dashgate', async () => {
    const { err } = await run(CONFIG, [front]);
    for (const said of [
      /warning: sections: .* parts goes/g,
      /session_notice: .* told go/g,
      /redirect_uri: .* corp come/g,
    ])
      expect(err.match(said), `${said}`).toHaveLength(1);
    expect((await run(CONFIG.replace(/^providers.*$|^.*(?:parts|told).*$/gm, ''), [front])).err).not.toMatch(
      /sections|redirect_uri/,
    );
  });

  it('warns where nobody would believe it who the client is', async () => {
    const { err } = await run(CONFIG.replace(', trusted_proxies: ["127.0.0.1"]', ''), [front]);
    expect(err).toContain('warning: server.trusted_proxies is empty');
  });
});

describe('what one of them cannot hold', () => {
  it.each([
    ['caddy', '* in a path', CONFIG.replace('/a(b)/', '/a*b/'), [], 'dashgate.yaml:10: apps[4]'],
    ['caddy', 'a brace in a file', CONFIG, ['--cert', '/x/{env.HOME}', '--key', '/y'], 'Caddyfile'],
    ['traefik', 'a template in a file', CONFIG, ['--cert', '/x/{{ env "HOME" }}', '--key', '/y'], '{{'],
    [
      'traefik',
      'a socket',
      CONFIG.replace('server: {', 'server: { check_listen: "unix:/run/c.sock",'),
      [],
      'dashgate.yaml:2: server.check_listen: ',
    ],
    [
      'envoy',
      'one name twice',
      CONFIG.replace('wiki.example.com', 'dash.example.com:444'),
      ['--listen', '443'],
      'dashgate.yaml:10: apps[4].at: ',
    ],
    [
      'envoy',
      'our own port',
      CONFIG.replace('server: {', 'server: { listen: "127.0.0.1:443",'),
      [],
      'dashgate.yaml:2: server.public_url: ',
    ],
    ['caddy', 'plain http and https at one port', CONFIG, ['--redirect-listen', '443'], '--redirect-listen'],
  ])('%s: exit 2 for %s', async (front, _what, yaml, args, named) => {
    const { code, out, err } = await run(yaml, [front, ...args]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(named);
  });
});

it('a name behind a flag is no name of a front', async () => {
  await using dir = await tempDir();
  await dir.write('dashgate.yaml', CONFIG.replace('wiki.internal', '127.0.0.1'));
  for (const [args, printed] of [
    [['nginx', '--output', 'caddy'], /server \{/],
    [['--output', 'kubernetes', 'caddy'], /forward_auth/],
    [['caddy', '--config', 'dashgate.yaml', '--output', 'traefik'], /forward_auth/],
    [['traefik', '--entry-point', 'envoy', '--output', 'nginx'], /entryPoints:\n +- envoy/],
  ] as const) {
    const io = {
      out() {},
      err() {},
      env: {},
      cwd: dir.path,
      stdin: process.stdin,
      signal: AbortSignal.timeout(60_000),
    };
    expect(await main(['init', ...args], io), args.join(' ')).toBe(0);
    expect(await readFile(dir.file(args[args.indexOf('--output') + 1] ?? ''), 'utf8')).toMatch(printed);
  }
});

it('Traefik, which cannot be asked, is said to be unasked', async () => {
  const { out, err } = await run(CONFIG, ['traefik', '--cert', '/c.pem', '--key', '/k.pem']);
  expect(err).toContain('no command that checks a file');
  expect(parse(out)).toMatchObject({ tls: { certificates: [{ certFile: '/c.pem', keyFile: '/k.pem' }] } });
});

needs('caddy')('Caddy is asked', () => {
  it('accepts what is printed, for sockets of dashgate too, with and without a certificate', async () => {
    const unix = CONFIG.replace('server: {', 'server: { listen: "unix:/run/p.sock", check_listen: "unix:/run/c.sock",');
    for (const [yaml, args] of [
      [CONFIG, []],
      [unix, ['--listen', '127.0.0.1:8443,[::1]:8443', '--redirect-listen', 'none']],
      [CONFIG, ['--cert', '/no/such.pem', '--key', '/no/such.key']],
    ] as const) {
      const { code, err } = await run(yaml, ['caddy', ...args]);
      expect({ args, code, err }).toEqual({ args, code: 0, err: expect.stringContaining('Caddy accepts it') });
    }
  });

  it('exit 1, and its own words, where it refuses: a certificate that is none', async () => {
    await using dir = await tempDir();
    const [cert, key] = [await dir.write('cert.pem', 'no'), await dir.write('key.pem', 'no')];
    const { code, out, err } = await run(CONFIG, ['caddy', '--cert', cert, '--key', key]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('Caddy refuses this configuration');
  });
});

needs('fronts')('Envoy is asked', () => {
  it('accepts what is printed, and refuses a certificate that is none', async () => {
    await using dir = await tempDir();
    const file = await dir.write('dashgate.yaml', CONFIG);
    const { config } = await loadConfig({ file, env: {}, flags: {} });
    const envoy = frontProgram('envoy');
    const options = readFrontOptions('envoy', {});
    expect(await checkFront(config, 'envoy', options, envoy)).toMatchObject({ kind: 'accepted' });
    const tls = { cert: await dir.write('cert.pem', 'no'), key: await dir.write('key.pem', 'no') };
    expect(await checkFront(config, 'envoy', { ...options, tls }, envoy)).toMatchObject({ kind: 'refused' });
    expect(await checkFront(config, 'envoy', options, dir.file('none'))).toEqual({ kind: 'not-here' });
  }, 60_000);
});
