import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { program } from '../test/support/programs.ts';
import type { Peer } from './peers/peer.ts';

/** What the figures hang on, one line each. */
export function describeMachine(peers: readonly Peer[], missing: readonly string[]): string[] {
  const model = cpus()[0]?.model.trim() ?? 'of unknown make';
  const load = loadavg()[0] ?? 0;
  return [
    `${cpus().length} cores (${model}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${system()}, ${type()} ${release()}`,
    `Node ${process.versions.node}, ${nginxVersion()}, wrk; dashgate ${commit()}`,
    `peers here: ${peers.map(({ name, version }) => `${name} (${version})`).join(', ') || 'none'}; not here: ${missing.join(', ') || 'none'}`,
    `load of the machine when it began: ${load.toFixed(1)}`,
  ];
}

function system(): string {
  const file = '/etc/os-release';
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return /^PRETTY_NAME="?([^"\n]+)/m.exec(text)?.[1] ?? process.platform;
}

const nginxVersion = (): string =>
  spawnSync(program('nginx'), ['-v'], { encoding: 'utf8' }).stderr.trim().replace(/^.*: /, '');

function commit(): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
    return `at ${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--', 'src') === '' ? '' : ' and changes'}`;
  } catch {
    return 'without its history';
  }
}
