/**
 * Prints the reference pages from the source. `node scripts/docs.ts` writes them; with `--check` nothing is written, and
 * each page that differs from its source is named.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { printJsonSchema, printPage } from '../src/config/reference.ts';
import { printSample } from '../src/config/sample.ts';
import { printCommands, printHeaders, printKinds } from './reference-pages.ts';

interface Page {
  /** Below the top folder. */
  readonly file: string;
  readonly make: () => string | Promise<string>;
}

/** A new page is a new line here. */
export const pages: readonly Page[] = [
  { file: 'docs/reference/cli.md', make: printCommands },
  { file: 'docs/reference/headers.md', make: printHeaders },
  { file: 'docs/reference/kinds.md', make: printKinds },
  { file: 'docs/reference/configuration.md', make: printPage },
  { file: 'docs/reference/dashgate.schema.json', make: printJsonSchema },
  { file: 'docs/reference/dashgate.sample.yaml', make: printSample },
  {
    file: 'docs/reference/errors.md',
    make: async () => printErrors(await readFile(join(TOP, 'src/errors.ts'), 'utf8')),
  },
];

const TOP = join(import.meta.dirname, '..');
const MEND = 'node scripts/docs.ts';

const ERROR_CLASS = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export class (\w+) extends DashgateError \{([\s\S]*?)\n\}/g;

/** @param source - src/errors.ts, each class with its docstring before it */
export function printErrors(source: string): string {
  const rows = [...source.matchAll(ERROR_CLASS)].map(([, docstring = '', name = '', body = '']) => {
    const code = /readonly code = '(\w+)'/.exec(body)?.[1];
    const status = /readonly status = (\d+)/.exec(body)?.[1];
    if (!code || !status) throw new Error(`src/errors.ts: ${name} has no code or no status; add it`);
    const retry = /retryAfterSec = (\d+)/.exec(body)?.[1];
    return `| \`${code}\` | ${status}${retry ? `, \`Retry-After: ${retry}\`` : ''} | \`${name}\` | ${oneLine(docstring)} |`;
  });
  const classes = source.match(/^export class \w+ extends DashgateError/gm)?.length ?? 0;
  if (rows.length !== classes)
    throw new Error(
      `src/errors.ts: ${classes} classes, ${rows.length} of them with a docstring; write one before each`,
    );
  return `# Errors

<!-- Printed from src/errors.ts by scripts/docs.ts. Change it there. -->

A request that ends in an error is refused. The client is told status and code; message and cause go to the log. On the check
listener a front proxy gets 403 with the status in \`X-Dashgate-Status\`.

| Code | Status | Class | What it means |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

const oneLine = (docstring: string): string =>
  docstring
    .replace(/^\s*\*/gm, '')
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .trim();

/** @returns whether the page on disk is what its source prints */
async function isInSync({ file, make }: Page): Promise<boolean> {
  const [wanted, found] = await Promise.all([make(), readFile(join(TOP, file), 'utf8').catch(() => null)]);
  return wanted === found;
}

async function write({ file, make }: Page): Promise<void> {
  await mkdir(dirname(join(TOP, file)), { recursive: true });
  await writeFile(join(TOP, file), await make());
}

if (import.meta.main) {
  for (const page of pages) {
    if (!process.argv.includes('--check')) await write(page);
    else if (!(await isInSync(page))) {
      console.error(`${page.file}: differs from its source; run ${MEND} and commit what it writes`);
      process.exitCode = 1;
    }
  }
}
