import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { deriveKeys, loadKeyRing } from '../../src/session/key-ring.ts';
import { seal } from '../../src/session/token.ts';
import type { TempDir } from '../../test/support/temp-dir.ts';
import { HOST, type RunningDashgate } from './dashgate.ts';

const PURPOSE = 'dashgate/session/v1';
const LIFETIME_SEC = 8 * 3600;

/** Seals sessions of ada's as dashgate does, with its own key. @returns Cookie headers, each of another session */
export async function sealMany({ folder }: RunningDashgate, count: number, groups = 0): Promise<string[]> {
  const keys = deriveKeys(loadKeyRing(join(folder, 'state/session.keys')), PURPOSE);
  const now = Math.floor(Date.now() / 1000);
  const session = {
    ...{ sub: 'file:ada', name: 'Ada', email: 'ada@example.com', amr: ['pwd'], allowedResources: ['_all_'] },
    groups: Array.from({ length: groups }, (_none, at) => `group-with-a-name-${at}`),
    ...{ authTimeSec: now, writtenSec: now, endsSec: now + LIFETIME_SEC },
  };
  const cookies: string[] = [];
  while (cookies.length < count) {
    const batch = Array.from({ length: Math.min(500, count - cookies.length) }, () =>
      seal({ ...session, jti: randomUUID() }, `http://${HOST}`, keys),
    );
    for (const token of await Promise.all(batch)) cookies.push(`dashgate=${token}`);
  }
  return cookies;
}

const CYCLE = `
local requests, at = {}, 0
function init(args)
  for line in io.lines(args[1]) do
    wrk.headers[args[2]] = line
    requests[#requests + 1] = wrk.format()
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
`;

/** A script for wrk that sends each value in its turn, and begins anew after the last. */
export async function cycle(
  dir: TempDir,
  header: string,
  values: readonly string[],
): Promise<readonly [string, ...string[]]> {
  const name = randomUUID();
  const script = await dir.write('cycle.lua', CYCLE);
  return [script, await dir.write(name, `${values.join('\n')}\n`), header];
}
