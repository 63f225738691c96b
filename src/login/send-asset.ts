import type { RequestHandler } from 'express';
import type { Asset } from './pages/index.ts';

/** Its name changes with its content, so that whoever has it may keep it for good (RFC 8246). */
export const sendAsset =
  ({ contentType, body }: Asset): RequestHandler =>
  (_request, response) => {
    response.set('Cache-Control', 'public, max-age=31536000, immutable').type(contentType).send(body);
  };
