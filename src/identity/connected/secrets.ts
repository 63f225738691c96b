import { createSecretKey, type KeyObject } from 'node:crypto';
import type { ConnectedAppConfig } from '../../config/schema/config.ts';
import { faultOfSecret } from '../../config/schema/connected-apps.ts';
import { ConfigInvalid } from '../../errors.ts';
import { readText } from '../../lib/read-text.ts';
import { checkPrivate } from '../../lib/secret-file.ts';
import type { Log } from '../../telemetry/log.ts';
import { reloadOnChange } from '../../telemetry/reload.ts';

/** A line of a file, not a book. */
const MOST_BYTES = 4096;

/** The secrets of one connected app, as they are now. */
export interface Secrets {
  /** @returns the key that the secret of this id is */
  find(id: string): KeyObject | null;
  close(): void;
}

type Listed = Extract<ConnectedAppConfig['trust'], { kind: 'direct' }>['secrets'];

/**
 * Opens what its tokens are signed by, and reads a file again when it changes; what is wrong with it then leaves the old in force.
 * @throws ConfigInvalid where one cannot be used
 */
export function openSecrets(listed: Listed, clientId: string, log: Pick<Log, 'info' | 'warn' | 'error'>): Secrets {
  using opening = new DisposableStack();
  const keys = new Map<string, KeyObject>();
  for (const { id, from } of listed) {
    if (from.kind === 'text') {
      keys.set(id, keyOf(from.text));
      continue;
    }
    const load = (): void => {
      const { text, warning } = readSecretFile(from.file);
      if (warning) log.warn(warning);
      keys.set(id, keyOf(text));
    };
    // Watched first and read then, so that no change is missed between the two.
    const fields = { file: from.file, client: clientId };
    opening.defer(reloadOnChange(from.file, { what: 'secret of a connected app', log, fields }, load));
    load();
  }
  const opened = opening.move();
  return { find: (id) => keys.get(id) ?? null, close: () => opened.dispose() };
}

/** The text itself is the key, whatever it looks like: Tableau's are base64, and nobody decodes them. */
const keyOf = (text: string): KeyObject => createSecretKey(Buffer.from(text));

/** One line, less its end. Throws ConfigInvalid; no message repeats what the file holds. */
export function readSecretFile(file: string): { text: string; warning: string | null } {
  const text = readText(file, 'secret of a connected app', MOST_BYTES).replace(/\r?\n$/, '');
  const warning = checkPrivate(file);
  const fault = faultOfSecret(text);
  if (fault !== null) throw new ConfigInvalid(`${file}: ${fault}; write another, and nothing else`);
  return { text, warning };
}
