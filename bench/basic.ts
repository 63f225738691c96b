/**
 * How many checks a second are answered with a session cookie, with Basic credentials that were found right before, and with
 * a cookie while others try passwords. One server, rounds of each in turns, medians: read the figures as ratios of one run.
 * `node bench/basic.ts [seconds a round] [rounds] [connections of a flood]`; needs wrk.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createDashgate } from '../src/app.ts';
import { loadConfig } from '../src/config/load.ts';
import { addUser } from '../src/directories/edit-users.ts';
import type { Log } from '../src/telemetry/log.ts';

const [seconds = 3, rounds = 5, floodConnections = 10] = process.argv.slice(2).map(Number);
const ignore = (): void => {};
const log: Log = { debug: ignore, info: ignore, warn: ignore, error: console.error, audit: ignore };

/** What nginx asks about. */
const QUESTION = {
  'X-Original-URI': '/',
  'X-Original-Method': 'GET',
  'X-Forwarded-Host': 'dash.example.com',
  'X-Dashgate-App': 'sales',
};

/** Headers that differ from request to request, in Lua; `fresh` has nine digits as base64, another each time. */
const FLOODS = {
  /** One client that guesses at one name: `mica:1` and nine digits. */
  guesser: 'headers.Authorization = "Basic bWljYTox" .. fresh; headers["X-Forwarded-For"] = "198.51.100.66"',
  /** A name and an address that nobody has seen, each time, so that no counter knows them. */
  botnet: `headers.Authorization = "Basic " .. fresh .. "OnBhc3M="
  headers["X-Forwarded-For"] = string.format("10.%d.%d.%d", math.floor(n / 65536) % 256, math.floor(n / 256) % 256, n % 256)`,
};

const script = (headers: Readonly<Record<string, string>>, change: string): string => `
local code = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local digits = {}
for i = 0, 999 do
  local a, b, c = string.format("%03d", i):byte(1, 3)
  local bits, text = a * 65536 + b * 256 + c, ""
  for shift = 3, 0, -1 do
    local at = math.floor(bits / 64 ^ shift) % 64 + 1
    text = text .. code:sub(at, at)
  end
  digits[i] = text
end
local headers = {${Object.entries(headers).map(([name, value]) => `["${name}"] = "${value}"`)}}
local n = ${Math.floor(Math.random() * 900)} * 1000000
function request()
  n = n + 1
  local fresh = digits[math.floor(n / 1000000) % 1000] .. digits[math.floor(n / 1000) % 1000] .. digits[n % 1000]
  ${change}
  return wrk.format("GET", "/_dashgate/auth/nginx", headers)
end
`;

interface Load {
  /** Answered, each second. */
  readonly rate: number;
  readonly p99: string;
  /** How many of them were refused. */
  readonly refused: number;
}

async function wrk(url: string, connections: number, more: readonly string[]): Promise<Load> {
  const run = spawn('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...more, url]);
  const said = await text(run.stdout);
  const [, rate] = /Requests\/sec:\s+([\d.]+)/.exec(said) ?? [];
  if (rate === undefined) throw new Error(`wrk said nothing of a rate:\n${said}`);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(said)?.[1] ?? 0);
  return { rate: Number(rate), p99: /99%\s+(\S+)/.exec(said)?.[1] ?? '', refused };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const folder = await mkdtemp(join(tmpdir(), 'dashgate-bench-'));
try {
  const password = 'mica-Gz7';
  await addUser(join(folder, 'users.yaml'), { user: 'mica', password, grants: ['_all_'] });
  const written = join(folder, 'dashgate.yaml');
  await writeFile(
    written,
    `server: { listen: "127.0.0.1:0", check_listen: "127.0.0.1:0", public_url: "http://dash.example.com" }
admin: { listen: "127.0.0.1:0" }
directories: [{ file: users.yaml }]
apps: [{ name: sales, at: /, upstream: "http://127.0.0.1:9", resource: marketing }]
`,
  );
  const { config } = await loadConfig({ file: written, env: {}, flags: {}, cwd: folder });
  await using closing = new AsyncDisposableStack();
  const dashgate = await createDashgate(config, { log });
  closing.defer(() => dashgate.close());
  const { check } = dashgate.listening;
  if (check.kind !== 'tcp') throw new Error('the check listener has no port');
  const url = `http://127.0.0.1:${check.port}/_dashgate/auth/nginx`;

  const client = { ...QUESTION, 'X-Forwarded-For': '203.0.113.9' };
  const authorization = `Basic ${Buffer.from(`mica:${password}`).toString('base64')}`;
  const first = await fetch(url, { headers: { ...client, Authorization: authorization } });
  const cookie = first.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  if (first.status !== 200 || cookie === '') throw new Error(`signing in was answered ${first.status}`);

  const asked = (headers: Readonly<Record<string, string>>): (() => Promise<Load>) => {
    const lines = Object.entries({ ...client, ...headers }).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    return () => wrk(url, 50, lines);
  };
  const withCookie = asked({ Cookie: cookie });
  const kinds: Record<string, () => Promise<Load>> = {
    cookie: withCookie,
    'warm Basic': asked({ Authorization: authorization }),
    'warm Basic, cookie kept': asked({ Authorization: authorization, Cookie: cookie }),
  };
  for (const [name, change] of Object.entries(FLOODS)) {
    kinds[`cookie beside a ${name}`] = async () => {
      const file = join(folder, `${randomUUID()}.lua`);
      await writeFile(file, script(QUESTION, change));
      const flood = wrk(url, floodConnections, ['-s', file]);
      const load = await withCookie();
      flooded.push([name, await flood]);
      return load;
    };
  }
  const flooded: [string, Load][] = [];
  const found = new Map<string, Load[]>(Object.keys(kinds).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(kinds)) {
      const load = await run();
      if (load.refused > 0) throw new Error(`${name}: ${load.refused} requests were refused`);
      found.get(name)?.push(load);
    }
  }
  const limit = median(found.get('cookie')?.map(({ rate }) => rate) ?? []);
  for (const [name, loads] of found) {
    const rate = median(loads.map((load) => load.rate));
    console.log(
      `${name.padEnd(26)} ${String(Math.round(rate)).padStart(7)}/s  ${(rate / limit).toFixed(2)}  p99 ${loads[0]?.p99}`,
    );
  }
  for (const name of Object.keys(FLOODS)) {
    const rates = flooded.filter(([kind]) => kind === name).map(([, { rate }]) => rate);
    console.log(`${`(the ${name} itself)`.padEnd(26)} ${String(Math.round(median(rates))).padStart(7)}/s`);
  }
} finally {
  await rm(folder, { recursive: true });
}
