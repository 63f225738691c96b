import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { needs } from '../support/needs.ts';
import { frontProgram, modules } from '../support/programs.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const runFile = promisify(execFile);
const DEPLOY = join(import.meta.dirname, '../../deploy/kubernetes');
const FRONTS = ['gateway', 'traefik', 'ingress-nginx'] as const;

/** Custom resources as their makers define them. */
const ofModules = async (): Promise<string[]> => {
  const list = (await readFile(join(import.meta.dirname, 'fronts/modules.txt'), 'utf8')).trim().split('\n');
  const [gateway = '', envoy = '', traefik = ''] = list.map((module) => join(modules, module));
  return [
    ...['gateways', 'httproutes', 'referencegrants'].map((name) =>
      join(gateway, `config/crd/standard/gateway.networking.k8s.io_${name}.yaml`),
    ),
    ...['securitypolicies', 'clienttrafficpolicies'].map((name) =>
      join(envoy, `charts/gateway-helm/charts/crds/crds/generated/gateway.envoyproxy.io_${name}.yaml`),
    ),
    join(traefik, 'docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml'),
  ];
};

async function judged(stream: string): Promise<string[]> {
  const script = join(import.meta.dirname, 'fronts/validate.py');
  const { stdout } = await runFile(frontProgram('python'), [script, stream, ...(await ofModules())]);
  return stdout.trim().split('\n');
}

/** Runs `dashgate init kubernetes …` on a dashgate.yaml. */
async function printed(dir: TempDir, args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const code = await main(['init', 'kubernetes', ...args], {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    ...{ env: {}, cwd: dir.path, stdin: process.stdin, signal: AbortSignal.timeout(20_000) },
  });
  return { code, ...said };
}

/** Every turn that a route can take, and names that YAML reads in another way. */
const HARD = `
server: { public_url: "https://dash.example.com:8443", trusted_proxies: [10.244.0.0/16, "fd00::/8"] }
login: { title: "off", logo_file: pictures/logo.svg }
directories: [{ file: users.yaml }]
apps:
  - { name: "007", at: /007/, upstream: "http://off.yes.svc:80" }
  - { name: "a_b.", at: /a_b/, upstream: "http://ab:8050/other/" }
  - { name: a-b, at: "/it's,(a)*b/", upstream: "https://ab.example.com" }
  - { name: root, at: "https://other.example.com/", upstream: "http://[fd00::1]:8050" }
  - { name: tabpy, at: /tabpy/, kind: tabpy, upstream: "http://tabpy:9004/" }
  - { name: slow, at: /slow/, upstream: "http://slow.default.svc.cluster.local:80", timeout: 1h }
`;

needs('fronts', 'go')('init kubernetes prints what the schemas of Kubernetes and of the fronts take', () => {
  it.each(FRONTS)('for the sample, behind %s', async (front) => {
    const lines = await judged(join(DEPLOY, `${front}.yaml`));
    expect(lines.filter((line) => !line.endsWith(': ok'))).toEqual([]);
    expect(lines.length).toBeGreaterThan(7);
  });

  it.each(FRONTS)('for what is hard to print, behind %s', async (front) => {
    await using dir = await tempDir();
    await dir.write('dashgate.yaml', HARD);
    const { code, out } = await printed(dir, ['--front', front, '--namespace', 'off']);
    expect(code).toBe(0);
    const lines = await judged(await dir.write('stream.yaml', out));
    expect(lines.filter((line) => !line.endsWith(': ok'))).toEqual([]);
  });

  it('and these would not take what is wrong', async () => {
    await using dir = await tempDir();
    const right = await readFile(join(DEPLOY, 'gateway.yaml'), 'utf8');
    const wrong = right
      .replace('readOnlyRootFilesystem', 'readOnlyRootFileSystem')
      .replace('failOpen: false', 'failOpen: no-thanks')
      .replace('gatewayClassName', 'gatewayClass');
    const lines = await judged(await dir.write('stream.yaml', wrong));
    const refused = lines.filter((line) => !line.endsWith(': ok')).map((line) => line.split(' ', 1)[0]);
    expect(refused.sort()).toEqual(['Deployment', 'Gateway', 'SecurityPolicy']);
  });
});
