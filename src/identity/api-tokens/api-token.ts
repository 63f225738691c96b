import type { PersonalToken } from '../../session/token-shelf.ts';
import type { Vouching } from '../connected/connected-apps.ts';

/** What a client of Tableau's REST API was given as it signed in, but for the token itself. Times in seconds since the epoch. */
export interface ApiToken {
  /** What lists, logs and commands call it by. */
  readonly id: string;
  readonly sub: string;
  /** The app at whose door it was given, and the content URL of the site: it is good for nothing else. */
  readonly app: string;
  readonly site: string;
  /** How its user proved who they are, and when; 0: that is not said. */
  readonly amr: readonly string[];
  readonly authTimeSec: number;
  /** The grants that it is good for, of those that its user has; `null`: all of them. */
  readonly scope: readonly string[] | null;
  /** The personal access token that it was given for: it ends with that. */
  readonly parent: string | null;
  /** What a connected app vouched for, where it did. */
  readonly vouching: Vouching | null;
  readonly madeSec: number;
  readonly endsSec: number;
}

/**
 * Beside the personal tokens of the same subject, and counted apart from them: no source of subjects has a blank. What a connected app
 * vouched for is counted by itself, so that it takes no place of its user's own.
 */
export const ownerOf = ({ sub, vouching }: Pick<ApiToken, 'sub' | 'vouching'>): string =>
  vouching ? `tableau ${vouching.client} ${sub}` : `tableau ${sub}`;

const JTI = 'api-';

/** Among the ends of sessions, and in the list of a user's, it stands as if it were the name of one. */
export const jtiOf = (id: string): string => JTI + id;

/** Whether what a list calls a session is such a token. */
export const isOfApiToken = (jti: string): boolean => jti.startsWith(JTI);

/** As it is kept, but for what the token itself gives. */
export const written = (token: ApiToken, hash: string): PersonalToken => {
  const { id, sub, app, site, amr, authTimeSec, scope, parent, vouching, madeSec, endsSec } = token;
  const about = JSON.stringify({ sub, app, site, amr, authTimeSec, parent, vouching });
  return { id, hash, sub: ownerOf(token), name: '', scope, madeSec, endsSec, usedSec: 0, about };
};

/** @returns `null` for what {@link written} would not write: another version did, or whoever can write to the store */
export function read({ id, sub: owner, scope, madeSec, endsSec, about }: PersonalToken): ApiToken | null {
  try {
    const found: unknown = JSON.parse(about ?? 'null');
    if (typeof found !== 'object' || found === null) return null;
    const { sub, app, site, amr, authTimeSec, parent, vouching }: Record<string, unknown> = { ...found };
    if (typeof sub !== 'string' || typeof app !== 'string' || typeof site !== 'string') return null;
    if (!isTexts(amr) || typeof authTimeSec !== 'number') return null;
    if (parent !== null && typeof parent !== 'string') return null;
    const vouched = vouching === null ? null : readVouching(vouching);
    if (vouched === undefined || owner !== ownerOf({ sub, vouching: vouched })) return null;
    return { id, sub, app, site, amr, authTimeSec, scope, parent, vouching: vouched, madeSec, endsSec };
  } catch {
    return null;
  }
}

/** @returns `undefined` for what is none */
function readVouching(value: unknown): Vouching | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { client, sub, shown, name, email, groups, resources, scopes }: Record<string, unknown> = { ...value };
  if (typeof client !== 'string' || typeof sub !== 'string' || typeof name !== 'string') return undefined;
  if (typeof email !== 'string' || (shown !== null && typeof shown !== 'string')) return undefined;
  if (!isTexts(groups) || !isTexts(resources) || !isTexts(scopes)) return undefined;
  return { client, sub, shown, name, email, groups, resources, scopes };
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
