import type { Session } from './session.ts';

/**
 * Each claim that a sealed session can do without, in the order in which they are left out. What a person may do and is a
 * member of is looked up at each request, and never read from here; e-mail and name likewise, where there is a directory.
 */
const LEFT_OUT: readonly Partial<Session>[] = [{ allowedResources: [] }, { groups: [] }, { email: '' }, { name: '' }];

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
  for (const without of LEFT_OUT) {
    if (token.length <= most) break;
    brief = { ...brief, ...without };
    token = await seal(brief);
  }
  if (token.length > most) throw new RangeError('the session is larger than its place can be');
  return { session: brief, token };
}
