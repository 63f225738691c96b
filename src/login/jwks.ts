import type { Request } from 'express';
import type { Arrived, Desk } from './desk.ts';

/** The public keys by which an app checks assertions (RFC 7517 §5). They are no secret. */
export async function showKeys({ assertionKeys }: Desk, _request: Request, response: Arrived): Promise<void> {
  response
    .set('Cache-Control', 'public, max-age=300')
    .json({ keys: assertionKeys.published().map(({ published }) => published) });
}
