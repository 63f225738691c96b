import { createFernetKey } from '../lib/fernet.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';

export const oauthSecret: Command = {
  name: 'oauth-secret',
  summary: 'Make a key for --oauth-encryption-key, as "panel oauth-secret" does',
  usage: `Usage: dashgate oauth-secret

Prints a new Fernet key: 32 random bytes, base64url with padding. Give it to
dashgate and to the Panel app alike, as --oauth-encryption-key or
PANEL_OAUTH_ENCRYPTION.`,

  async run(args, io) {
    readArguments(args, {});
    io.out(`${createFernetKey()}\n`);
    return 0;
  },
};
