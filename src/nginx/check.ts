import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isCode } from '../lib/error-code.ts';
import { front } from './front.ts';
import type { InitOptions } from './options.ts';
import type { FrontConfig } from './servers.ts';

export type NginxVerdict =
  /** `notes`: what only the machine that nginx is for can show. */
  | { readonly kind: 'accepted'; readonly notes: readonly string[] }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'no-nginx' };

/**
 * Asks `nginx -t` about the configuration that {@link front} prints. What it is for may be another machine, so what that has
 * and this one lacks is stood in for: files, host names, the right to listen.
 * @param programs - where nginx may be; Debian keeps it off the path of ordinary users
 */
export async function checkWithNginx(
  config: FrontConfig,
  options: InitOptions,
  programs: readonly string[] = ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx'],
): Promise<NginxVerdict> {
  const folder = await mkdtemp(join(tmpdir(), 'dashgate-nginx-'));
  try {
    const notes: string[] = [];
    const { text } = front(await here(config, notes), standIns(options, folder, notes));
    const file = join(folder, 'nginx.conf');
    await writeFile(file, text.replace(/^( *listen )\S+/gm, socketsIn(folder)), { mode: 0o600 });
    for (const program of programs) {
      const said = await run(program, ['-t', '-q', '-p', folder, '-e', 'stderr', '-c', file]);
      if (said === null) continue;
      return said === '' ? { kind: 'accepted', notes } : { kind: 'refused', message: said };
    }
    return { kind: 'no-nginx' };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function standIns(options: InitOptions, folder: string, notes: string[]): InitOptions {
  const hasFiles = [options.cert, options.key].every((file) => existsSync(file));
  if (!hasFiles) notes.push(`${options.cert} and its key are not on this machine, and were not checked`);
  return {
    ...options,
    cert: hasFiles ? options.cert : '',
    // Names that another machine can look up.
    instances: options.instances.map((each) => (isIP(each) !== 0 || each.startsWith('/') ? each : '127.0.0.1')),
    whole: true,
    temp: folder,
    accessLog: join(folder, 'access.log'),
  };
}

/** The configuration without what only the other machine has. */
async function here(config: FrontConfig, notes: string[]): Promise<FrontConfig> {
  const apps = config.apps.map(async (app) => {
    const { upstream } = app;
    const caFile = app.upstreamTls?.caFile;
    const upstreamTls = caFile && !existsSync(caFile) ? { serverName: null, caFile: null } : app.upstreamTls;
    if (caFile && !existsSync(caFile)) notes.push(`${caFile} is not on this machine, and was not checked`);
    if (upstream.kind === 'unix' || (await isKnown(upstream.host))) return { ...app, upstreamTls };
    notes.push(`${upstream.host} has no address here; where nginx runs it must have one, or nginx does not start`);
    return { ...app, upstreamTls, upstream: { ...upstream, host: '127.0.0.1' } };
  });
  return { ...config, apps: await Promise.all(apps) };
}

const isKnown = async (host: string): Promise<boolean> =>
  isIP(host) !== 0 ||
  (await lookup(host).then(
    () => true,
    () => false,
  ));

/** `nginx -t` opens what it would listen on; a port may be taken, or not be ours to open. */
function socketsIn(folder: string): (line: string, directive: string) => string {
  const sockets = new Map<string, string>();
  return (line, directive) => {
    const at = line.slice(directive.length);
    const socket = sockets.get(at) ?? `unix:${join(folder, `${sockets.size}.sock`)}`;
    sockets.set(at, socket);
    return `${directive}"${socket}"${at.endsWith(';') ? ';' : ''}`;
  };
}

/** @returns what nginx complains of, empty when of nothing; `null` when there is no such program */
function run(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 20_000 }, (error, stdout, stderr) => {
      if (isCode(error, 'ENOENT', 'EACCES')) resolve(null);
      else if (error && typeof error.code !== 'number') reject(error);
      else resolve(error ? `${stderr}${stdout}`.trim() || 'nginx -t failed without a word' : '');
    });
  });
}
