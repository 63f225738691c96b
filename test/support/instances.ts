import { readFileSync } from 'node:fs';
import { createKeyRingFile } from '../../src/session/key-ring.ts';
import { type Gate, type GateOptions, startGate, usersFile } from './gate.ts';

/** Instances of one dashgate: the same public host, key ring and users, and a store that they share. */
export interface Instances extends AsyncDisposable {
  readonly a: Gate;
  readonly b: Gate;
}

/** @param store - keys of `session`, as `{ store: 'redis://…' }` */
export async function startInstances(
  store: Record<string, unknown>,
  options: Omit<GateOptions, 'session' | 'users'> = {},
): Promise<Instances> {
  await using closing = new AsyncDisposableStack();
  const users = await usersFile();
  let keys: Buffer | null = null;
  const start = async (): Promise<Gate> => {
    const { prepare } = options;
    return closing.use(
      await startGate({
        ...options,
        users,
        session: store,
        async prepare(dir) {
          const file = await dir.write('state/.here', '').then(() => dir.file('state/session.keys'));
          if (keys) await dir.write('state/session.keys', keys, 0o600);
          else {
            createKeyRingFile(file);
            keys = readFileSync(file);
          }
          await prepare?.(dir);
        },
      }),
    );
  };
  const a = await start();
  const b = await start();
  const all = closing.move();
  return { a, b, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
