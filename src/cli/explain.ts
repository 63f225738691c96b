import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema/config.ts';
import { createHashQueue } from '../directories/hash/queue.ts';
import { type Directories, openDirectories } from '../directories/open.ts';
import { UsageError } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import { nowSec, systemClock } from '../lib/clock.ts';
import { createOwnPaths } from '../lib/own-paths.ts';
import { createPublicPlace } from '../lib/public-place.ts';
import { readArguments } from './arguments.ts';
import { assertsOf } from './asserting.ts';
import type { Command } from './command.ts';
import { type Asked, readAsked } from './explain/asked.ts';
import { sayOverview } from './explain/overview.ts';
import { rehearse } from './explain/rehearse.ts';
import { type Report, reportOf } from './explain/report.ts';
import { sayReport } from './explain/say.ts';
import { findIdentity, isUnknown } from './find-identity.ts';
import { findAppConfig } from './sections.ts';

const FLAGS = {
  ...({
    config: 'text',
    app: 'text',
    user: 'text',
    path: 'text',
    method: 'text',
    from: 'text',
    json: 'switch',
  } as const),
  ...({ groups: 'text', amr: 'text', acr: 'text' } as const),
};

export const explain: Command = {
  name: 'explain',
  summary: 'Say what becomes of a request and why, or what a user may see of an app',
  usage: `Usage: dashgate explain [--user NAME] [METHOD] URL [--from ADDRESS] [--json]
       dashgate explain --app NAME --user NAME
       Both take --groups LIST, --amr LIST, --acr CLASS, --config FILE and
       --KEY VALUE of the configuration.

With a URL it takes one request through all that a real one goes through, by the
same code, and sends nothing: it prints the app, what that asks for and by which
rules, the decision and its reason, and each header and cookie that the upstream
would get; of a token its kind and length, of an assertion the claims. What is
refused is shown as the browser would get it. METHOD is GET, unless it is named.
An app with sections is asked where its Dash is.

With an app it prints what this user may open: paths, and of a Dash app with
sections the sections, components, callbacks and pages, asked of the running app.
Below it stand the opt-outs of the configuration, which show more than ids alone
would.

  --user NAME     who asks, looked up in files and LDAP directories, without a
                  password, and taken for somebody who has just signed in by one;
                  without, with a URL: somebody who has not signed in; for whom
                  a connected app vouches: connected:CLIENT_ID:SUB
  --groups LIST   as a member of these groups too, as a,b: for who comes by a
                  provider, whom no directory knows
  --amr LIST, --acr CLASS
                  as having proved it so; default pwd, and none
  --from ADDRESS  asked for from this address; without, networks do not count
  --path PATH, --method NAME
                  with --app: the same as the URL of this path of the app
  --json          print one JSON object

Exit code 0: printed, and of a request: allowed; 1: refused, or there is no such
user or they may not enter, or the app or a directory does not answer; 2: usage
or configuration, or no app is at the host of the URL.`,

  async run(args, io) {
    const { options, config: flags, words } = readArguments(args, FLAGS, { takesConfig: true, mostWords: 2 });
    const text = (name: keyof typeof FLAGS): string | undefined =>
      typeof options[name] === 'string' ? options[name] : undefined;
    const { config } = await loadConfig({ file: text('config'), env: io.env, flags, cwd: io.cwd });
    const settings = text('app') === undefined ? null : findAppConfig(config, text('app'));
    if (settings && words.length > 0) throw new UsageError('a URL names its app: remove --app or the URL');
    if (!settings && (text('path') ?? text('method')) !== undefined)
      throw new UsageError('--path and --method go with --app; write METHOD URL');
    const at = settings && text('path') !== undefined ? urlOf(settings.at, text('path') ?? '') : null;
    const given = at === null ? words : [text('method') ?? 'GET', at];
    if (given.length === 0 && !settings)
      throw new UsageError('write the URL of a request, or name the app: --app NAME');
    const asked = given.length === 0 ? null : readAsked(given, text('from'));
    if (asked) refuseElsewhere(asked, config);
    const user = text('user');
    if (!asked && user === undefined) throw new UsageError('name the user: --user NAME');

    const directories = await openDirectories(config, {
      queue: createHashQueue(),
      clock: systemClock,
      warn: (line) => io.err(`warning: ${line}\n`),
    });
    try {
      const acr = text('acr');
      const as = {
        ...{ groups: list(text('groups')), amr: list(text('amr') ?? 'pwd'), authTimeSec: nowSec(systemClock) },
        ...(acr !== undefined && { acr }),
      };
      const identity = user === undefined ? null : await findIdentity(user, config, directories, as);
      if (user !== undefined && !identity) {
        io.err(
          `no directory has ${user}, and nothing is granted to that name; --groups LIST takes it for one of a provider\n`,
        );
        return 1;
      }
      if (asked) {
        const report = await reportOn(asked, identity, config, directories);
        if (options.json) io.out(`${JSON.stringify(report, null, 2)}\n`);
        else for (const line of sayReport(report)) io.out(`${line}\n`);
        return report.decision.kind === 'allow' ? 0 : 1;
      }
      if (options.json) throw new UsageError('--json goes with a URL');
      if (!settings || !identity) return 2;
      const mayEnter = await sayOverview(config, settings, identity, directories.directory, (line) =>
        io.out(`${line}\n`),
      );
      return mayEnter ? 0 : 1;
    } finally {
      directories.directory.close();
    }
  },
};

const list = (text = ''): string[] => text.split(',').filter((each) => each !== '');

/** @throws UsageError */
function urlOf({ origin, prefix }: Config['apps'][number]['at'], path: string): string {
  if (!path.startsWith('/')) throw new UsageError('--path: begin it with /, from the root of the app');
  return origin + prefix + path.slice(1);
}

/** @throws UsageError where no app is, or dashgate itself */
function refuseElsewhere({ origin, host, uri }: Asked, { apps, server }: Config): void {
  const known = [server.publicUrl, ...apps.map(({ at }) => at)];
  if (
    !known.some(
      (each) =>
        createPublicPlace(
          each,
          known.map((one) => one.host),
        ).originAt(host) === origin,
    )
  ) {
    const near = known.find((each) => each.host === host)?.origin;
    const all = [...new Set(apps.map(({ at }) => at.origin + at.prefix))].join(', ');
    throw new UsageError(near ? `no app is at ${origin}; write ${near}` : `no app is at ${origin}; they are at ${all}`);
  }
  if (createOwnPaths(server.prefix).has(uri.split('?', 1)[0] ?? ''))
    throw new UsageError(`${uri} is a page of dashgate itself, which no app gets`);
}

async function reportOn(
  asked: Asked,
  identity: Identity | null,
  config: Config,
  { directory }: Directories,
): Promise<Report> {
  const rehearsed = await rehearse(asked, identity, { config, directory, clock: systemClock });
  const isAsserted = rehearsed.sent !== null && rehearsed.settings?.identity.includes('assertion');
  return reportOf(asked, identity, rehearsed, [
    ...(identity && isUnknown(identity)
      ? ['user: no directory has them; sub, name, e-mail and groups are what their provider says']
      : []),
    ...(isAsserted && !assertsOf(config).isReal
      ? ['assertion: there is no key ring before the first start, so it is signed by a key that nobody knows']
      : []),
  ]);
}
