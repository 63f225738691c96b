import { ALLOWED, type HeaderEntry, QUESTION, REFUSED, UPSTREAM } from '../src/adapters/header-reference.ts';
import { COMMANDS, HELP } from '../src/cli/main.ts';
import { helpLines } from '../src/config/help.ts';

/** docs/reference/cli.md */
export const printCommands = (): string => `# Command line

<!-- Printed from src/cli by scripts/docs.ts. Change it there. -->

Exit code 0: done; 1: refused or not found; 2: usage or configuration. Errors go to standard error, one line first, with
\`file:line\` where one is meant.

\`\`\`text
${HELP}
\`\`\`

${COMMANDS.map(({ name, summary, usage }) => `## dashgate ${name}\n\n${summary}.\n\n\`\`\`text\n${usage}\n\`\`\``).join('\n\n')}

## Keys as flags

\`\`\`text
${helpLines().join('\n')}
\`\`\`
`;

/** docs/reference/headers.md */
export const printHeaders = (): string => `# Headers

<!-- Printed from src/adapters/header-reference.ts by scripts/docs.ts. Change it there. -->

Texts in \`X-Dashgate-*\` are visible ASCII; everything else, \`%\` and blanks are percent-encoded as UTF-8 (RFC 3986 §2.1), in
lists the comma too: undo it by \`decodeURIComponent\` or \`urllib.parse.unquote\`.

## What a front proxy asks with

\`GET /_dashgate/auth/nginx\` on \`server.check_listen\`.

${table(QUESTION)}

## 200: let it through

Beside these at most one \`Set-Cookie\`, for the client.

${table(ALLOWED)}

## 401 and 403: refuse it

${table(REFUSED)}

## What a dashboard gets in the proxy way

${table(UPSTREAM)}
`;

const table = (entries: readonly HeaderEntry[]): string =>
  `| Header | Meaning |\n| --- | --- |\n${entries.map(({ name, meaning }) => `| \`${name.replaceAll(', ', '`, `')}\` | ${meaning} |`).join('\n')}`;
