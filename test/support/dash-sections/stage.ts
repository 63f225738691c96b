import { type Gate, startGate, type User } from '../gate.ts';
import { program } from '../programs.ts';
import { type Dashboard, startGunicorn } from '../start-gunicorn.ts';
import { type Got, type Sent, send } from './send.ts';

export const FOLDER = import.meta.dirname;
export const canaryOf = (section: string): string => `CANARY-${section}-8d1f`;

const OWN: Record<User, readonly string[]> = {
  mica: ['marketing', 'hr'],
  mike: ['marketing'],
  hanna: ['hr'],
  nora: [],
};
/** The sections whose data must not reach a user in any byte. */
export const foreignTo = (user: User): string[] => ['marketing', 'hr'].filter((name) => !OWN[user].includes(name));

/** Whether an answer holds data of these sections, plainly or as one of the usual encodings writes it. */
export function leaks({ bytes }: Got, sections: readonly string[]): string[] {
  const text = bytes.replaceAll('\0', '').toLowerCase();
  return sections.filter((name) => {
    const canary = canaryOf(name).toLowerCase();
    const forms = [
      canary,
      Buffer.from(canary).toString('hex'),
      encodeURIComponent(canary),
      [...canary].reverse().join(''),
    ];
    return (
      forms.some((form) => text.includes(form)) ||
      bytes.includes(Buffer.from(canaryOf(name)).toString('base64').slice(0, 16))
    );
  });
}

export interface Stage extends AsyncDisposable {
  readonly app: Dashboard;
  readonly gate: Gate;
  /** To the app itself, with nothing in front of it. */
  bare(sent: Sent): Promise<Got>;
  guarded(user: User, sent: Sent): Promise<Got>;
  /** The Cookie header of somebody who is signed in. */
  cookieOf(user: User): Promise<string>;
}

export interface StageOptions {
  readonly at?: string;
  readonly upstreamPath?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly python?: string;
  readonly more?: readonly string[];
}

/** Dash 4 on FastAPI, with callbacks over a websocket. */
export const onFastApi = (): StageOptions => ({
  python: program('dash4'),
  env: { BACKEND: 'fastapi' },
  more: ['--worker-class', 'uvicorn_worker.UvicornWorker'],
});

/** The sample app under gunicorn, and dashgate with `sections: true` in front of it. */
export async function stageSections(
  entry = 'app:server',
  sections: unknown = true,
  { at = '/', upstreamPath = '', env = {}, ...how }: StageOptions = {},
): Promise<Stage> {
  await using closing = new AsyncDisposableStack();
  const app = closing.use(await startGunicorn(FOLDER, env, entry, how));
  const apps = [{ name: 'sales', at, kind: 'dash', upstream: `${app.origin}${upstreamPath}`, sections }];
  const gate = closing.use(await startGate({ publicUrl: 'http://127.0.0.1:$PORT', apps }));
  const cookies = new Map<User, string>();
  const cookieOf = async (user: User): Promise<string> => {
    const cookie = cookies.get(user) ?? (await gate.signIn(user));
    cookies.set(user, cookie);
    return cookie;
  };
  const all = closing.move();
  return {
    app,
    gate,
    bare: (sent) => send(app.port, sent),
    async guarded(user, sent) {
      const cookie = await cookieOf(user);
      return send(gate.port, { ...sent, headers: { Cookie: cookie, Host: gate.host, ...sent.headers } });
    },
    cookieOf,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
