import type { FetchOptions } from '../../lib/bounded-fetch.ts';
import type { Flavour } from '../flavour.ts';

export type BoundedFetch = (url: string, options: FetchOptions) => Promise<Response>;

/**
 * Puts the answers of a token endpoint right: an error that came with 200 is one (GitHub), and an ID token that nobody could
 * verify is not looked at.
 */
export const readingTokens =
  (fetch: BoundedFetch, tokenAt: string, { hasIdToken, tokenAnswer }: Flavour): BoundedFetch =>
  async (url, options) => {
    const answer = await fetch(url, options);
    if ((hasIdToken && !tokenAnswer) || url !== tokenAt) return answer;
    const said = await jsonOf(answer.clone());
    if (said === null) return answer;
    const { id_token: idToken, ...rest } = tokenAnswer?.(said) ?? said;
    const body = hasIdToken ? { ...rest, id_token: idToken } : rest;
    const status = answer.status === 200 && 'error' in rest ? 400 : answer.status;
    return Response.json(body, { status, headers: { 'Content-Type': 'application/json' } });
  };

async function jsonOf(answer: Response): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const value: unknown = await answer.json();
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : null;
  } catch {
    return null;
  }
}
