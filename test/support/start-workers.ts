import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { freeServer, type Served, serve } from '../flows/command.ts';
import type { Ask } from './gate.ts';
import type { TempDir } from './temp-dir.ts';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A connection that is kept, and so stays with one worker. */
export interface Lane {
  readonly worker: number;
  ask(path: string, ask?: Ask): Promise<Answered>;
  /** With a password. @returns the Cookie header */
  signIn(user: string, password: string): Promise<string>;
  signOut(cookie: string, body?: string): Promise<Answered>;
  /** Of the first page, asked with a cookie. */
  status(cookie: string): Promise<number>;
}

export interface Workers extends Served {
  /** One to each worker, in their order. */
  readonly lanes: readonly Lane[];
  /** Opens a connection to any worker but these. */
  lane(but?: readonly number[]): Promise<Lane>;
  /** The process of each worker, by the latest line that says so. */
  pids(): Map<number, number>;
}

/**
 * `dashgate serve` with several workers, ready.
 * @param rest - the configuration without `server` and `admin`
 * @param change - of the lines for those
 */
export async function startWorkers(
  dir: TempDir,
  rest: string,
  count = 2,
  change = (server: string) => server,
): Promise<Workers> {
  const server = await freeServer();
  const program = await serve(dir, rest, Promise.resolve({ ...server, text: change(withWorkers(server.text, count)) }));
  const agents = new Set<Agent>();
  const lane = async (but: readonly number[] = []): Promise<Lane> => {
    for (let left = 20 * count; left > 0; left--) {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      agents.add(agent);
      const ask = (path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answered> =>
        new Promise((resolve, reject) => {
          const outgoing = request(program.origin + path, { agent, method, headers });
          outgoing.once('error', reject).once('response', (answer: IncomingMessage) => {
            const { statusCode: status = 0, headers: heads } = answer;
            text(answer).then((said) => resolve({ status, headers: heads, body: said }), reject);
          });
          outgoing.end(body);
        });
      const place = `/lane-${Math.random().toString(36).slice(2)}`;
      await ask(place);
      const [line = ''] = await program.printed(new RegExp(`.*${place}.*`));
      const worker: unknown = JSON.parse(line).worker;
      if (typeof worker !== 'number' || but.includes(worker)) {
        agent.destroy();
        continue;
      }
      return {
        ...{ worker, ask },
        signIn: (user, password) => signIn(ask, user, password),
        signOut: (cookie, body = '{}') =>
          ask('/_dashgate/logout', { method: 'POST', headers: { ...JSON_BODY, Cookie: cookie }, body }),
        status: async (cookie) => (await ask('/', { headers: { Cookie: cookie, Accept: '*/*' } })).status,
      };
    }
    throw new Error('no connection came to another worker');
  };
  const lanes: Lane[] = [];
  while (lanes.length < count) lanes.push(await lane(lanes.map(({ worker }) => worker)));
  lanes.sort((a, b) => a.worker - b.worker);
  return {
    ...program,
    lanes,
    lane,
    pids: () => pidsOf(program),
    async [Symbol.asyncDispose]() {
      for (const agent of agents) agent.destroy();
      await program[Symbol.asyncDispose]();
    },
  };
}

const JSON_BODY = { 'Content-Type': 'application/json' };

export const withWorkers = (server: string, count: number): string =>
  server.replace('server: {', `server: { workers: ${count},`);

async function signIn(ask: Lane['ask'], user: string, password: string): Promise<string> {
  const answer = await ask('/_dashgate/login', {
    method: 'POST',
    headers: JSON_BODY,
    body: JSON.stringify({ user, password }),
  });
  if (answer.status !== 200) throw new Error(`signing in as ${user} was answered ${answer.status}: ${answer.body}`);
  return (answer.headers['set-cookie'] ?? [])
    .map((line) => line.split(';', 1)[0] ?? '')
    .filter((pair) => !pair.endsWith('='))
    .join('; ');
}

/** By the line that each begins with. */
function pidsOf(program: Served): Map<number, number> {
  const lines = program.stdout().split('\n');
  const found = lines.flatMap((line) => {
    const [, worker, pid] = /"message":"a worker answers".*?"worker":(\d+).*?"pid":(\d+)/.exec(line) ?? [];
    return worker && pid ? [[Number(worker), Number(pid)] as const] : [];
  });
  return new Map(found);
}
