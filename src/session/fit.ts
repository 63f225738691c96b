import type { Session } from './session.ts';

/**
 * Each claim that a sealed session can do without, in the order in which they are left out. For users of a directory all of
 * them are looked up at each request, and never read from here.
 */
const LEFT_OUT: readonly Partial<Session>[] = [{ allowedResources: [] }, { groups: [] }, { email: '' }, { name: '' }];
/** What a provider said stands nowhere else, so nothing that decides anything goes: its lists are kept short at sign-in. */
const LEFT_OUT_OF_VOUCHED: readonly Partial<Session>[] = [{ name: '' }];

/**
 * Seals a session so that it is no longer than its place: claims are left out one after the other, each whole or not at all,
 * so that none is ever half of what it was. Who it is, which session, and until when, always stays.
 * @param most - in characters
 * @throws RangeError where what must stay is too long
 */
export async function sealToFit(
  session: Session,
  most: number,
  seal: (session: Session) => Promise<string>,
): Promise<{ readonly session: Session; readonly token: string }> {
  let brief = session;
  let token = await seal(brief);
  for (const without of session.provider ? LEFT_OUT_OF_VOUCHED : LEFT_OUT) {
    if (token.length <= most) break;
    brief = { ...brief, ...without };
    token = await seal(brief);
  }
  if (token.length > most) throw new RangeError('the session is larger than its place can be');
  return { session: brief, token };
}
