import type { Report, Told } from './report.ts';

const VERBS = {
  ...{ allow: 'allowed', deny: 'refused', challenge: 'refused', wait: 'refused', error: 'refused' },
  redirect: 'sent on',
} as const satisfies Record<Report['decision']['kind'], string>;

/** A report as people read it. The first line says what becomes of the request. */
export function* sayReport({ request, app, rule, user, decision, upstream, answer, notes }: Report): Generator<string> {
  const missing = decision.missing.length > 0 ? ` (${decision.missing.join(', ')})` : '';
  yield `${VERBS[decision.kind]}: ${decision.reason}${missing}`;
  yield row('request', `${request.method} ${request.url}${request.from === null ? '' : ` from ${request.from}`}`);
  if (app) yield row('app', `${app.name}, kind ${app.kind}`);
  if (rule)
    yield row('needs', typeof rule.needs === 'string' ? (NEEDS[rule.needs] ?? rule.needs) : rule.needs.join(', '));
  for (const { paths, needs, methods, when } of rule?.of ?? []) {
    const more = [needs ?? 'no resource', ...(methods ? [`by ${methods.join(', ')}`] : []), ...when];
    yield row('rule', `${paths.join(' ')} (${more.join('; ')})`);
  }
  if (user) yield row('user', `${user.user || user.name} (${user.sub}), granted ${list(user.allowed_resources)}`);
  else yield row('user', 'nobody: not signed in');
  if (upstream) {
    yield row('upstream', upstream.url);
    yield* sayTold('header', upstream.headers);
    yield* sayTold('cookie', upstream.cookies);
  }
  if (answer) {
    yield row('answer', String(answer.status));
    for (const [name, value] of Object.entries(answer.headers)) yield row('', `${name}: ${value}`);
  }
  for (const note of notes) yield row('note', note);
}

const NEEDS: Readonly<Record<string, string>> = {
  public: 'nothing: it is public',
  guests: 'nothing: it is for guests too',
  'signed-in': 'to be signed in',
};

const row = (what: string, text: string): string => `  ${what.padEnd(10)}${text}`;
const list = (names: readonly string[]): string => (names.length > 0 ? names.join(', ') : 'nothing');

function* sayTold(what: string, told: readonly Told[]): Generator<string> {
  for (const each of told) {
    if ('value' in each) yield row(what, `${each.name}: ${each.value}`);
    else {
      yield row(what, `${each.name}: (${each.kind}${each.length === undefined ? '' : `, ${each.length} characters`})`);
      if (each.claims) yield row('', `  ${JSON.stringify(each.claims)}`);
    }
  }
}
