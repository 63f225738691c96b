import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import type { ConnectedAppConfig } from '../../config/schema/config.ts';
import { faultOfSecret } from '../../config/schema/connected-secret.ts';
import { ConfigInvalid } from '../../errors.ts';
import { readText } from '../../lib/read-text.ts';
import { checkPrivate } from '../../lib/secret-file.ts';
import type { Log } from '../../telemetry/log.ts';
import { reloadOnChange } from '../../telemetry/reload.ts';

/** A line of a file, not a book. */
const MOST_BYTES = 4096;

/** What the tokens of connected apps are signed by, as it is now. */
export interface Secrets {
  /** @returns the key that this secret of this client is; `null`: it has none of that id */
  find(clientId: string, id: string): KeyObject | null;
  close(): void;
}

type Direct = Extract<ConnectedAppConfig['trust'], { kind: 'direct' }>['secrets'][number];

/**
 * Opens the secrets of all of them, and reads a file again when it changes; what is wrong with it then leaves the old in force.
 * @throws ConfigInvalid where one cannot be used
 */
export function openSecrets(apps: readonly ConnectedAppConfig[], log: Pick<Log, 'info' | 'warn' | 'error'>): Secrets {
  using opening = new DisposableStack();
  const keys = new Map<string, KeyObject>();
  const digests = new Map<string, string>();
  const take = (clientId: string, id: string, text: string, place: string): void => {
    const key = keyOf(clientId, id);
    const digest = createHash('sha256').update(text).digest('base64url');
    // Who has one of them could sign as the other.
    for (const [other, taken] of digests) {
      if (other !== key && taken === digest)
        throw new ConfigInvalid(`${place}: is the secret of another id too; each has one of its own, so write another`);
    }
    digests.set(key, digest);
    // The text itself is the key, whatever it looks like: Tableau's are base64, and nobody decodes them.
    keys.set(key, createSecretKey(Buffer.from(text)));
  };
  const open = (clientId: string, { id, from }: Direct): void => {
    if (from.kind === 'text') {
      take(clientId, id, from.text, `connected_apps: secret ${id}`);
      return;
    }
    const { file } = from;
    const load = (): void => {
      const { text, warning } = readSecret(file);
      take(clientId, id, text, file);
      if (warning) log.warn(warning);
    };
    // Watched first and read then, so that no change is missed between the two.
    const told = { what: 'secret of a connected app', log, fields: { file, client: clientId } };
    opening.defer(reloadOnChange(file, told, load));
    load();
  };
  for (const { clientId, trust } of apps) {
    if (trust.kind === 'direct') for (const secret of trust.secrets) open(clientId, secret);
  }
  const opened = opening.move();
  return { find: (clientId, id) => keys.get(keyOf(clientId, id)) ?? null, close: () => opened.dispose() };
}

/** No client id has a line end. */
const keyOf = (clientId: string, id: string): string => `${clientId}\n${id}`;

/** One line, less its end. Throws ConfigInvalid; no message repeats what the file holds. */
function readSecret(file: string): { text: string; warning: string | null } {
  const text = readText(file, 'secret of a connected app', MOST_BYTES).replace(/\r?\n$/, '');
  const warning = checkPrivate(file);
  const fault = faultOfSecret(text);
  if (fault !== null) throw new ConfigInvalid(`${file}: ${fault}; write another, and nothing else`);
  return { text, warning };
}
