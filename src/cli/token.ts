import { UsageError } from '../errors.ts';
import { nowSec, systemClock } from '../lib/clock.ts';
import { formatDuration, parseDuration } from '../lib/duration.ts';
import { mintConnectedToken } from '../lib/mint-connected-token.ts';
import { type Parsed, readArguments } from './arguments.ts';
import type { Command, Io } from './command.ts';
import { isInsecure, readTokenSettings, type TokenSettings } from './token/settings.ts';
import { type Tried, trySignIn } from './token/try-sign-in.ts';

const KNOWN = {
  'env-file': 'text',
  user: 'text',
  scope: 'text',
  lifetime: 'text',
  'default-site': 'switch',
  json: 'switch',
  'sign-in': 'switch',
  'insecure-http': 'switch',
} as const;

/** Tableau takes none that ends more than 10 minutes ahead. */
const LONGEST_MS = 600_000;
const DEFAULT_MS = 300_000;
/** For a sign-in and a query, as the vendor's sample has it. */
const DEFAULT_SCOPES = ['tableau:content:read', 'tableau:workbooks:create'];

export const token: Command = {
  name: 'token',
  summary: 'Make the token of a Tableau connected app, or try one',
  usage: `Usage: dashgate token [--env-file FILE] [--user NAME] [--scope LIST]
                      [--lifetime AGE] [--json]
       dashgate token --sign-in [--env-file FILE] [--user NAME] [--scope LIST]
                      [--insecure-http] [--json]

Prints a token (JWT) of a Tableau connected app with direct trust, for the user
in TABLEAU_USERNAME. With --sign-in it is not shown: it signs in to Tableau's
REST API by it, asks for one workbook and signs out, which shows whether the
settings are right. Neither token nor secret is in any message.

The settings, all seven, are variables of the environment, or lines of a file:
  TABLEAU_SERVER            as https://tableau.example.com
  TABLEAU_SITENAME          the site as its addresses have it
  TABLEAU_RESTAPI_VERSION   as 3.22
  TABLEAU_USERNAME          case counts
  TABLEAU_CA_CLIENT         client id of the connected app
  TABLEAU_CA_SECRET_ID      id of its secret
  TABLEAU_CA_SECRET_VALUE   the secret

  --env-file FILE   take what the environment does not say from FILE, as .env
  --user NAME       in place of TABLEAU_USERNAME
  --default-site    in place of TABLEAU_SITENAME: the site without a name
  --scope LIST      what the token is for, parted by commas
                    (default: ${DEFAULT_SCOPES[0]},
                    ${DEFAULT_SCOPES[1]})
  --lifetime AGE    how long it counts, at most 10m (default: ${formatDuration(DEFAULT_MS)})
  --json            say it as JSON
  --sign-in         try it, and say what came of it
  --insecure-http   let --sign-in send it unencrypted to another machine

Exit code 0: done; 1: Tableau refused, or did not answer; 2: a setting is
missing or wrong.`,

  async run(args, io) {
    const { options } = readArguments(args, KNOWN);
    const isTried = options['sign-in'] === true;
    const [lifetimeMs, scopes] = [readLifetime(options.lifetime), readScopes(options.scope)];
    const settings = readTokenSettings(io, {
      envFile: textOf(options['env-file']),
      user: textOf(options.user),
      isDefaultSite: options['default-site'] === true,
    });
    if (isTried && isInsecure(settings) && options['insecure-http'] !== true)
      throw new UsageError(
        'TABLEAU_SERVER: is http, so whoever is on the way could take the token; write https://, or add --insecure-http',
      );
    if (settings.warning !== null) io.err(`dashgate: warning: ${settings.warning}\n`);
    const expSec = nowSec(systemClock) + Math.floor(lifetimeMs / 1000);
    const made = await mintConnectedToken(settings.app, { sub: settings.user, scopes, expSec });
    if (isTried) return sayTried(await trySignIn(settings, made), settings, options, io);
    const expires = new Date(expSec * 1000).toISOString();
    io.out(options.json === true ? `${JSON.stringify({ token: made, expires })}\n` : `${made}\n`);
    return 0;
  },
};

/** An empty one is as good as none: `--user "$NAME"` of a script. */
const textOf = (given: string | true | undefined): string | undefined =>
  typeof given === 'string' && given !== '' ? given : undefined;

function readLifetime(given: string | true | undefined): number {
  if (typeof given !== 'string') return DEFAULT_MS;
  const ms = parseDuration(given);
  if (ms === null) throw new UsageError('--lifetime is not a duration; write a number and its unit, as 90s or 5m');
  if (ms < 1000 || ms > LONGEST_MS)
    throw new UsageError('--lifetime is out of range; write something from 1s to 10m, the most that Tableau takes');
  return ms;
}

function readScopes(given: string | true | undefined): readonly string[] {
  if (typeof given !== 'string') return DEFAULT_SCOPES;
  const scopes = given.split(',').map((scope) => scope.trim());
  if (scopes.some((scope) => !/^tableau:[a-z0-9_]+:[a-z0-9_*]+$/i.test(scope)))
    throw new UsageError('--scope is not a list of scopes; write them as tableau:content:read,tableau:views:embed');
  return [...new Set(scopes)];
}

function sayTried(
  { steps, workbooks }: Tried,
  { server, site, apiVersion, user }: TokenSettings,
  options: Parsed['options'],
  { out, err }: Io,
): number {
  const failed = steps.filter(({ problem }) => problem !== null);
  if (options.json === true) {
    const said = steps.map(({ name, problem }) => ({
      step: name,
      ok: problem === null,
      ...(problem && { problem: problem.said, status: problem.refusal?.status, code: problem.refusal?.code }),
    }));
    out(`${JSON.stringify({ server, site, api_version: apiVersion, user, steps: said, workbooks })}\n`);
  }
  for (const { name, problem } of steps) {
    if (problem) err(`dashgate: the ${name}: ${problem.said}\n`);
    else if (options.json !== true) out(`${name}: ok${name === 'query' ? sayCount(workbooks) : ''}\n`);
  }
  return failed.length > 0 ? 1 : 0;
}

const sayCount = (workbooks: number | null): string => (workbooks === null ? '' : ` (workbooks: ${workbooks})`);
