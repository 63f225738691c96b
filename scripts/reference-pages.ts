import {
  ALLOWED,
  type HeaderEntry,
  OTHER_QUESTIONS,
  QUESTION,
  REFUSED,
  UPSTREAM,
} from '../src/adapters/header-reference.ts';
import type { AppKind } from '../src/apps/app-kind.ts';
import { KINDS } from '../src/apps/kinds.ts';
import { helpOf, loadCommands } from '../src/cli/main.ts';
import { helpLines } from '../src/config/help.ts';

const COMMANDS = await loadCommands();

/** docs/reference/cli.md */
export const printCommands = (): string => `# Command line

<!-- Printed from src/cli by scripts/docs.ts. Change it there. -->

Exit code 0: done; 1: refused or not found; 2: usage or configuration. Errors go to standard error, one line first, with
\`file:line\` where one is meant.

\`\`\`text
${helpOf(COMMANDS)}
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

Other fronts have words of their own, and hand on the client’s headers beside them; no other header has a say in what is judged.
These are told with 400 of a reserved header in an odd spelling (\`X_Dashgate_User\`), and a websocket is known by its
\`Sec-WebSocket-Version\` too. \`X-Forwarded-For\` counts as above.

${OTHER_QUESTIONS.map(({ front, headers }) => `${front}:\n\n${table(headers)}`).join('\n\n')}

## 200: let it through

Beside these at most one \`Set-Cookie\`, for the client; to Traefik, Caddy and Envoy as many as the session has cookies.
Traefik, Envoy and ingress-nginx cannot rename: they get \`Authorization\` and \`Cookie\` under these names in place of the last two, absent
where empty. Envoy gets \`X-Forwarded-For\`, the client’s address, and in \`X-Envoy-Auth-Headers-To-Remove\` what else must not arrive.

${table(ALLOWED)}

## 401 and 403: refuse it

To nginx and ingress-nginx; the others pass on the answer that a client is to get, so they are given that.

${table(REFUSED)}

## What a dashboard gets in the proxy way

${table(UPSTREAM)}
`;

const table = (entries: readonly HeaderEntry[]): string =>
  `| Header | Meaning |\n| --- | --- |\n${entries.map(({ name, meaning }) => `| \`${name.replaceAll(', ', '`, `')}\` | ${meaning} |`).join('\n')}`;

const BELOW = { kept: 'as it comes', stripped: 'taken off', either: 'either' };

/** docs/reference/kinds.md */
export const printKinds = (): string => `# Kinds of dashboards

<!-- Printed from src/apps by scripts/docs.ts. Change it there. -->

\`apps[].kind\` says what stands behind. dashgate then knows which paths all pages of it need (they are for whoever may open one of
its parts), and which it asks for by itself (these keep no session alive). What no kind needs to be told: websockets and event
streams pass unbuffered and as long as they live, \`Host\` arrives as it was sent, bodies have no limit of size, and a dashboard may stay silent for
\`apps[].timeout\`. Calls without a session are answered 401 with a JSON body, and only who opens a page is sent to sign in.

## Where they stand

Below a path, \`at: /x/\`, with \`upstream: http://127.0.0.1:8050\` the path goes upstream as it comes, with \`http://127.0.0.1:8050/\` it is taken
off.

| \`kind\` | Dashboard | Path | Set there |
| --- | --- | --- | --- |
${rows(({ manners: { title, below, behind } }) => [title, BELOW[below.path], [below.by, behind].filter((text) => text !== '').join('; ')])}

## What they ask for, and what an open page does when its session ends

With \`session_notice: on\` the page says that its session has ended, whatever it does by itself: docs/session-notice.md.

| \`kind\` | Pages | Calls | Websockets | After the end |
| --- | --- | --- | --- | --- |
${rows(({ manners: { pages, calls, sockets, afterEnd } }) => [pages, calls, sockets, afterEnd])}
`;

const rows = (cells: (kind: AppKind) => readonly string[]): string =>
  Object.entries(KINDS)
    .map(([name, kind]) => `| ${[`\`${name}\``, ...cells(kind)].join(' | ')} |`)
    .join('\n');
