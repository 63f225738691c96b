import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isCode } from '../lib/error-code.ts';
import { frontText } from './front.ts';
import type { FrontName, FrontOptions } from './options.ts';
import type { FrontConfig } from './sites.ts';

export type FrontVerdict =
  /** `notes`: what only the machine that the front is for can show. */
  | { readonly kind: 'accepted'; readonly notes: readonly string[] }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'not-here' }
  /** It has no way to be asked. */
  | { readonly kind: 'no-check' };

/** How each is asked about a file, without starting it. */
const ASKED_BY = {
  traefik: null,
  caddy: (file: string) => ['validate', '--config', file, '--adapter', 'caddyfile'],
  envoy: (file: string) => ['--mode', 'validate', '-c', file, '--log-level', 'error'],
} satisfies Record<FrontName, ((file: string) => string[]) | null>;

/**
 * Asks the front's own program about the configuration that it is for. A certificate that this machine lacks is left out.
 * @param program - looked up on the path
 */
export async function checkFront(
  config: FrontConfig,
  name: FrontName,
  options: FrontOptions,
  program: string = name,
): Promise<FrontVerdict> {
  const asked = ASKED_BY[name];
  if (!asked) return { kind: 'no-check' };
  const folder = await mkdtemp(join(tmpdir(), 'dashgate-front-'));
  try {
    const { tls } = options;
    const hasFiles = !tls || [tls.cert, tls.key].every((file) => existsSync(file));
    const file = join(folder, 'front.yaml');
    await writeFile(file, frontText(config, name, hasFiles ? options : { ...options, tls: null }), { mode: 0o600 });
    const said = await run(program, asked(file), folder);
    if (said === null) return { kind: 'not-here' };
    if (said !== '') return { kind: 'refused', message: said };
    const missing = `${tls?.cert} and its key are not on this machine, and were not checked`;
    return { kind: 'accepted', notes: hasFiles || !config.server.publicUrl.isHttps ? [] : [missing] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns what it complains of, empty when of nothing; `null` when there is no such program */
function run(program: string, args: readonly string[], folder: string): Promise<string | null> {
  // Caddy keeps certificates and what it ran last in folders of the user's.
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 30_000, env }, (error, stdout, stderr) => {
      if (isCode(error, 'ENOENT', 'EACCES')) resolve(null);
      else if (error && typeof error.code !== 'number') reject(error);
      else resolve(error ? `${stderr}${stdout}`.trim() || `${program} failed without a word` : '');
    });
  });
}
