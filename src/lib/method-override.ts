import type { IncomingHttpHeaders } from 'node:http';
import { canonicalName } from './headers.ts';

/** By which a client may ask frameworks to take its request for another method than it says: of Rails, PHP, Java and .NET. */
export const METHOD_OVERRIDES = [
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-original-http-method',
] as const;
const NAMES: ReadonlySet<string> = new Set(METHOD_OVERRIDES);

/** Whether a request has one of them, in whatever spelling. */
export const saysAnotherMethod = (headers: IncomingHttpHeaders): boolean =>
  Object.keys(headers).some((name) => NAMES.has(canonicalName(name)));
