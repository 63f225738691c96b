import { ownPath } from '../access/app.ts';
import type { AccessRequest } from '../access/request.ts';
import type { Voice } from '../apps/app-kind.ts';
import { API_TOKEN_HEADER } from '../identity/api-tokens/authenticator.ts';
import { ERRORS, type ErrorName, writeReply } from './reply.ts';

/** How refusals of an API with doors of Tableau's are worded; `null`: this request is none of its. */
export function voiceOf({ app, target, headers }: Pick<AccessRequest, 'app' | 'target' | 'headers'>): Voice | null {
  if (!app.credentials.includes('tableau') || !isOfApi(ownPath(app, target.decodedPath))) return null;
  const { contentType } = writeReply({}, headers);
  const hasToken = headers[API_TOKEN_HEADER] !== undefined;
  return {
    isForPrograms: isOfApi,
    realm: 'Tableau',
    contentType,
    body(status, sentence) {
      const name: ErrorName = status === 401 && !hasToken ? 'noCredentials' : (NAMES.get(status) ?? 'internal');
      const [, code, summary, detail] = ERRORS[name];
      const own = status === 401 ? detail : sentence;
      return writeReply({ error: { summary, detail: own, code } }, headers).body;
    },
  };
}

const isOfApi = (own: string): boolean => /^\/api\//i.test(own);

const NAMES: ReadonlyMap<number, ErrorName> = new Map([
  [400, 'badRequest'],
  [401, 'badToken'],
  [403, 'forbidden'],
  [404, 'unknown'],
  [413, 'tooLarge'],
  [415, 'unsupported'],
  [429, 'wait'],
  [502, 'unavailable'],
  [503, 'unavailable'],
  [504, 'unavailable'],
]);
