import type { App } from '../access/app.ts';
import { ConfigInvalid } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import { isLabel } from '../identity/modes/label.ts';

/** For whom a service credential acts. */
export type Delegate =
  /** For nobody but the service itself: nobody is signed in, or who is has no user name. */
  | { readonly kind: 'none' }
  | { readonly kind: 'user'; readonly user: string }
  /** There is somebody, and the upstream cannot be told who: nothing may go there, as it would be the service's own doing. */
  | { readonly kind: 'untellable' };

const NONE: Delegate = { kind: 'none' };
const UNTELLABLE: Delegate = { kind: 'untellable' };

/** More than any user name or address has (RFC 5321 §4.5.3.1). */
const LONGEST = 320;

/** For whom the upstream of an app that delegates is asked. */
export function delegateOf({ delegation }: Pick<App, 'delegation'>, identity: Identity): Delegate {
  if (!delegation) return NONE;
  const named = namedBy(delegation.tells, identity);
  const isUnfit = named.kind === 'user' && delegation.by === 'basic_user' && !fitsInto(delegation.name, named.user);
  return isUnfit ? UNTELLABLE : named;
}

/** What somebody is called where they are known by user name, or by e-mail address. */
export function namedBy(tells: NonNullable<App['delegation']>['tells'], identity: Identity): Delegate {
  const { sub, user: name, email } = identity;
  // Who only said a name, or nothing, is no user: such a subject has none.
  if (sub === '' || isLabel(identity)) return NONE;
  // One password for any name proves no name.
  if (sub.startsWith('anyone:')) return UNTELLABLE;
  const user = tells === 'email' ? email : name;
  if (user === '' || user.length > LONGEST || /\p{Cc}/u.test(user) || user !== user.trim()) return UNTELLABLE;
  return { kind: 'user', user };
}

/** Whether nothing in a name could be read as a part of what stands around it, or as the end of it (RFC 7617 §2). */
function fitsInto(pattern: string, user: string): boolean {
  const signs = pattern.replace(/\{service\}|\{user\}|[A-Za-z0-9]/g, '');
  return !user.includes(':') && ![...signs].some((sign) => user.includes(sign));
}

/** The user name of a service credential that says for whom it is used. */
export const basicUserFor = (pattern: string, service: string, user: string): string =>
  pattern
    .split(/(\{service\}|\{user\})/)
    .map((part) => (part === '{service}' ? service : part === '{user}' ? user : part))
    .join('');

/**
 * A query without what a client says under the name of a parameter, in whatever spelling a server might take for it, and with ours.
 * @param query - with its `?`, or empty
 * @param user - `null`: nobody is named
 */
export function delegateQuery(query: string, name: string, user: string | null): string {
  const wanted = bare(name);
  // Older servers take `;` for `&`.
  const kept = query
    .slice(1)
    .split(/(?<=[&;])/)
    .filter((part) => !isSpelling(part, wanted))
    .join('')
    .replace(/[&;]$/, '');
  const ours = user === null ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(user)}`];
  // First of all too: of two most servers take one or the other.
  const parts = [...ours, ...(kept === '' ? [] : [kept])];
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

function isSpelling(part: string, wanted: string): boolean {
  const [name = ''] = part.replace(/[&;]$/, '').split('=', 1);
  return namesOf(name).some((each) => bare(each) === wanted);
}

/** As it stands, and as it is after it was decoded once, twice and so on: there are servers behind servers. */
function namesOf(name: string): string[] {
  const names = [name];
  for (let last = name; names.length < MOST_DECODED; ) {
    const next = decoded(last);
    if (next === last) break;
    names.push(next);
    last = next;
  }
  return names;
}
const MOST_DECODED = 6;

/** What is no UTF-8 becomes U+FFFD, and what is no encoding stays. */
const decoded = (text: string): string =>
  text
    .replaceAll('+', ' ')
    .replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));

/** Letters and digits: PHP takes `.` and blanks for `_`, others drop brackets, and case counts for few. */
const bare = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/(?<=.)\[.*$/s, '')
    .replace(/[^a-z0-9]/g, '');

/**
 * For ways that only answer whether a request may pass: the query is not theirs to change.
 * @throws ConfigInvalid
 */
export function refuseByQuery({ name, delegation }: Pick<App, 'name' | 'delegation'>): void {
  if (delegation?.by === 'query')
    throw new ConfigInvalid(
      `apps: ${name} has delegation by query, which no front can add to; lead it to server.listen, as "dashgate init" prints it`,
    );
}
