import type { ProviderConfig } from '../config/schema/config.ts';
import { ConfigInvalid } from '../errors.ts';
import { readText } from '../lib/read-text.ts';
import { checkPrivate } from '../lib/secret-file.ts';

const MOST_BYTES = 4096;

/**
 * Where the secret of a client is; read anew each time, so that a new one needs no restart.
 * @returns `null` for a public client
 * @throws ConfigInvalid where the file cannot be used, now and each time
 */
export function openClientSecret(
  { clientSecret }: Pick<ProviderConfig, 'clientSecret'>,
  warn: (line: string) => void,
): (() => string) | null {
  if (clientSecret === null) return null;
  if (clientSecret.kind === 'text') return () => clientSecret.text;
  const { file } = clientSecret;
  const read = (): string => {
    const text = readText(file, 'client secret', MOST_BYTES).replace(/\r?\n$/, '');
    if (text === '' || /[\r\n]/.test(text))
      throw new ConfigInvalid(`${file}: must hold one line, the client secret; write it`);
    return text;
  };
  read();
  const warning = checkPrivate(file);
  if (warning !== null) warn(warning);
  return read;
}
