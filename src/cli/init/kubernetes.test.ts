import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { main } from '../main.ts';

const DEPLOY = join(import.meta.dirname, '../../../deploy/kubernetes');

async function run(yaml: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  await using dir = await tempDir();
  await dir.write('dashgate.yaml', yaml);
  const said = { out: '', err: '' };
  const code = await main(['init', 'kubernetes', ...args], {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    ...{ env, cwd: dir.path, stdin: process.stdin, signal: AbortSignal.timeout(20_000) },
  });
  const objects: Printed[] = parseAllDocuments(said.out, { version: '1.1' }).map((each) => each.toJS());
  return { code, ...said, objects };
}

interface Printed {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: object;
  readonly data: Record<string, string>;
}

const CONFIG = `
server: { public_url: "https://dash.example.com", trusted_proxies: [10.244.0.0/16] }
directories: [{ file: users.yaml }]
apps:
  - { name: sales, at: /sales/, upstream: "http://sales.team.svc:8050" }
  - { name: cut, at: /cut/, upstream: "http://cut:8050/" }
`;

describe('dashgate init kubernetes', () => {
  it.each(['gateway', 'traefik', 'ingress-nginx'])('deploy/kubernetes/%s.yaml is what it prints', async (front) => {
    const { code, out } = await run(await readFile(join(DEPLOY, 'dashgate.yaml'), 'utf8'), ['--front', front]);
    expect(code).toBe(0);
    expect(out).toBe(await readFile(join(DEPLOY, `${front}.yaml`), 'utf8'));
  });

  it('leads links to a login to dashgate, and pages that get its notice', async () => {
    const yaml = CONFIG.replace('at: /sales/,', 'at: /sales/, login_path: /enter,');
    for (const front of ['gateway', 'traefik', 'ingress-nginx']) {
      expect((await run(yaml, ['--front', front])).out, front).toContain('/sales/enter');
      const noticed = yaml.replace('at: /sales/,', 'at: /sales/, session_notice: on,');
      const { objects } = await run(noticed, ['--front', front]);
      const routes = objects.filter(({ kind }) => /Route$|^Ingress$/.test(kind));
      expect(JSON.stringify(routes), front).not.toContain('"sales"');
    }
  });

  it('gives the pods the file as it stands, and nothing of this shell', async () => {
    const env = { DASHGATE_SERVER_PUBLIC_URL: 'https://elsewhere.example.com' };
    const { objects, out } = await run(CONFIG, [], env);
    expect(objects.find(({ kind }) => kind === 'ConfigMap')?.data).toEqual({ 'dashgate.yaml': CONFIG });
    expect(out).not.toContain('elsewhere');
  });

  it('names no app’s Service where dashgate has to stand in between', async () => {
    for (const front of ['gateway', 'traefik', 'ingress-nginx']) {
      const { objects } = await run(CONFIG, ['--front', front]);
      const routes = objects.filter(({ kind }) => /Route$|^Ingress$/.test(kind));
      const text = JSON.stringify(routes);
      expect(text, front).toContain('"sales"');
      expect(text, front).not.toContain('"cut"');
    }
  });

  it('all pods share one Redis: that of the file, or as it is told', async () => {
    const said = async (session: string, args: readonly string[] = []) => {
      const { objects, code } = await run(`${session}${CONFIG}`, args);
      const text = JSON.stringify(objects);
      const policy = JSON.stringify(objects.find(({ kind }) => kind === 'NetworkPolicy')?.spec);
      return [
        code,
        /DASHGATE_SESSION_STORE","value":"([^"]*)/.exec(text)?.[1],
        /"port":(?:6379|6380|26379)/.exec(policy)?.[0],
      ];
    };
    expect(await said('')).toEqual([0, 'redis://redis:6379', '"port":6379']);
    expect(await said('', ['--redis', 'rediss://cache.data.svc:6380'])).toEqual([
      0,
      'rediss://cache.data.svc:6380',
      '"port":6380',
    ]);
    expect(await said('session: { store: "redis+sentinel://a,b/main" }')).toEqual([0, undefined, '"port":26379']);
    expect(await said('session: { store_file: redis-url }')).toEqual([0, undefined, '"port":6379']);
  });

  it('every route to a Service is asked for', async () => {
    const gateway = (await run(CONFIG)).objects;
    const led = gateway.filter(({ kind, spec }) => kind === 'HTTPRoute' && JSON.stringify(spec).includes('"sales"'));
    const guarded = gateway.filter(({ kind }) => kind === 'SecurityPolicy').map(({ metadata }) => metadata.name);
    expect(led.map(({ metadata }) => metadata.name)).toEqual(guarded);
    const traefik = (await run(CONFIG, ['--front', 'traefik'])).objects;
    const rules = traefik
      .filter(({ kind }) => kind === 'IngressRoute')
      .flatMap(({ spec }) => (spec as { routes: { services: { name: string }[]; middlewares?: unknown[] }[] }).routes);
    for (const { services, middlewares } of rules.filter(({ services }) => services[0]?.name === 'sales'))
      expect([services, middlewares]).toEqual([expect.anything(), [{ name: 'dashgate-app-sales' }]]);
  });

  it.each([
    ['quotes', 'title: "a\\"b: [c]"'],
    ['a document’s end', 'title: "---"'],
  ])('a configuration with %s stays one scalar', async (_what, title) => {
    const yaml = CONFIG.replace('at: /sales/', `at: /sales/, ${title}`);
    expect((await run(yaml)).objects[0]?.data).toEqual({ 'dashgate.yaml': yaml });
  });

  it.each([
    ['an upstream within the pod', CONFIG.replace('sales.team.svc', '127.0.0.1'), 'apps[0].upstream'],
    ['a socket', CONFIG.replace('http://sales.team.svc:8050', 'unix:/run/sales.sock'), 'apps[0].upstream'],
    ['nobody who may ask', CONFIG.replace(', trusted_proxies: [10.244.0.0/16]', ''), 'server.trusted_proxies'],
    ['TLS of its own', CONFIG.replace('server: {', 'server: { tls: { cert_file: a, key_file: b },'), 'server.tls'],
    ['a file elsewhere', CONFIG.replace('users.yaml', '/etc/users.yaml'), 'file: "/etc/users.yaml"'],
    ['a file above', CONFIG.replace('users.yaml', '../users.yaml'), 'file: "../users.yaml"'],
    ['an address for a host', CONFIG.replace('dash.example.com', '192.0.2.1'), '192.0.2.1'],
  ])('exit 2 for %s', async (_what, yaml, named) => {
    const { code, out, err } = await run(yaml);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(named);
  });

  it.each([
    [['--front', 'haproxy'], '--front'],
    [['--namespace', 'A b'], '--namespace'],
    [['--image', 'a b'], '--image'],
    [['--redis', 'redis://u:secret@redis'], '--redis'],
    [['--cert', '/x'], '--cert'],
    [['--session.lifetime', '4h'], '--session.lifetime'],
    [['nginx'], 'nginx'],
  ])('exit 2 for %j', async (args, named) => {
    const { code, err } = await run(CONFIG, args);
    expect(code).toBe(2);
    expect(err).toContain(named);
    expect(err).not.toContain('secret');
  });
});
