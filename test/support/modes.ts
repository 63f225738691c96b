import { type Ask, type Gate, type GateOptions, startGate, userLine } from './gate.ts';
import type { PlainResponse } from './parse-response.ts';

export const SHARED_PASSWORD = 'open-Sesame7';

/** A password file with one user, whose password is the shared one. */
export const sharedFile = async (password = SHARED_PASSWORD): Promise<string> =>
  `users:\n${await userLine('shared', password)}`;

/** Each label may enter `sales`, and who has the shared password may `hr` too. */
export const MODE_GRANTS = { 'auth-none': ['sales'], 'auth-user': ['sales'], 'auth-pass': ['sales', 'hr'] };

export const ALL_MODES = ['auth-user-pass', 'auth-pass', 'auth-user', 'auth-none'];

/** A gate that offers these ways to sign in, with a shared password beside the users of every gate. */
export const startModes = async (modes: readonly (string | number)[], options: GateOptions = {}): Promise<Gate> => {
  const shared = await sharedFile();
  return startGate({
    grants: { modes: MODE_GRANTS },
    ...options,
    credentials: { modes, password_file: 'shared.yaml', ...options.credentials },
    async prepare(dir) {
      await dir.write('shared.yaml', shared);
      await options.prepare?.(dir);
    },
  });
};

/** Signs in as a program does. */
export const logInBy = (
  gate: Gate,
  fields: Record<string, unknown>,
  headers: Ask['headers'] = {},
): Promise<PlainResponse> =>
  gate.ask('/_dashgate/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(fields),
  });

/** What the service says of a session; `null`: that it is none. */
export async function whoIs(gate: Gate, cookie: string): Promise<Record<string, unknown> | null> {
  const { status, body } = await gate.ask('/_dashgate/session', { headers: { Cookie: cookie } });
  return status === 200 ? JSON.parse(body) : null;
}
