import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { program } from '../../test/support/programs.ts';
import type { Figures } from '../scenario.ts';
import { cpuSeconds, residentMb } from './usage.ts';

export interface Load {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Kept open and used by one request at a time each; 50 unless said otherwise. */
  readonly connections?: number;
  /** A Lua script for wrk that makes the requests, with what it is given behind its name. */
  readonly script?: readonly [file: string, ...args: string[]];
  /** Whose CPU time and memory are counted. */
  readonly pids?: readonly number[];
  /** Refusals are what is asked for. */
  readonly isRefused?: boolean;
  /** Requests are measured by what they carry. */
  readonly isHeavy?: boolean;
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };
const BYTES: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** Asks as fast as it is answered, by wrk. Throws where anything but what was asked for came back. */
export async function load(
  { url, headers = {}, connections = 50, script, pids = [], isRefused = false, isHeavy = false }: Load,
  seconds: number,
): Promise<Figures> {
  const lines = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const [lua, ...given] = script ?? [];
  const more = lua === undefined ? [] : ['-s', lua];
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '--latency', ...lines, ...more, url];
  const before = cpuSeconds(pids);
  const run = spawn(program('wrk'), given.length > 0 ? [...args, '--', ...given] : args);
  const [said, complaint] = await Promise.all([text(run.stdout), text(run.stderr)]);
  const after = cpuSeconds(pids);
  const find = (pattern: RegExp): string[] => pattern.exec(said)?.slice(1) ?? [];
  const [rate] = find(/Requests\/sec:\s+([\d.]+)/);
  const [asked = '0'] = find(/(\d+) requests in/);
  if (rate === undefined || Number(asked) === 0)
    throw new Error(`wrk was answered nothing at ${url}: ${said}${complaint}`);
  const [refused = '0'] = find(/Non-2xx or 3xx responses: (\d+)/);
  if (!isRefused && Number(refused) > 0) throw new Error(`${refused} of ${asked} requests were refused at ${url}`);
  const [failed] = find(/Socket errors: (connect [1-9].*|.*read [1-9].*|.*write [1-9].*)/);
  if (failed !== undefined) throw new Error(`connections failed at ${url}: ${failed}`);
  const [p99 = '0', unit = 'ms'] = find(/99%\s+([\d.]+)(us|ms|s|m)/);
  const [bytes = '0', byteUnit = 'B'] = find(/Transfer\/sec:\s+([\d.]+)([KMG]?B)/);
  return {
    rate: Number(rate),
    p99: Number(p99) * (UNITS[unit] ?? Number.NaN),
    ...(before !== null && after !== null && pids.length > 0 && { cpu: ((after - before) * 100_000) / Number(asked) }),
    ...loaded(pids),
    ...(isHeavy && { megabytes: (Number(bytes) * (BYTES[byteUnit] ?? Number.NaN)) / 1e6 }),
  };
}

function loaded(pids: readonly number[]): Figures {
  const megabytes = pids.length > 0 ? residentMb(pids) : null;
  return megabytes === null ? {} : { loaded: megabytes };
}
