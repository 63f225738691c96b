import express, { type Request, type Router } from 'express';
import { begin } from '../embedding/begin.ts';
import { type Arrived, type EmbedDesk, noteRefused } from '../embedding/desk.ts';
import { allowPage, askedBefore } from '../embedding/sign-in.ts';
import { CODES } from '../identity/connected/refusal.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { contentTypeOf, readFields } from '../login/form.ts';

/** Where `…/embed/signin` of an app is answered. @param prefix - of the app, whose pages the frame is to show */
export const embedSignInPlace = (own: OwnPaths, prefix: string): string =>
  `${pathOf(own)}?target=${encodeURIComponent(prefix)}`;

/** Where `…/embed/target` is: in the frame itself, by the same names in the query. @param query - with its `?`, or empty */
export const embedTargetPlace = (own: OwnPaths, query: string): string => `${own.prefix}/embed${query}`;

const pathOf = ({ prefix }: OwnPaths): string => `${prefix}/embed/tableau`;

/** The sign-in of `<tableau-viz token>`: the same as dashgate's own for frames, in Tableau's words. */
export function createTableauEmbedRoutes(desk: EmbedDesk): Router {
  const path = pathOf(desk.own);
  const router = express.Router({ caseSensitive: true, strict: true });
  router.options(path, (request, response: Arrived) => askedBefore(desk, request, response));
  router.post(path, (request, response: Arrived) => signIn(desk, request, response));
  return router;
}

/** By a script of the host page: JSON only, which no form of another site can send. What it says of a site is not looked at. */
async function signIn(desk: EmbedDesk, request: Request, response: Arrived): Promise<void> {
  const page = allowPage(desk, request, response);
  if (page === null) {
    noteRefused(desk, response, '', `${CODES.DOMAIN_RESTRICTION} DOMAIN_RESTRICTION`);
    refuse(response, 403, CODES.DOMAIN_RESTRICTION);
    return;
  }
  if (contentTypeOf(request) !== 'application/json') {
    refuse(response, 415, CODES.BAD_JWT);
    return;
  }
  const { jwt: token = '' } = readFields(request, ['jwt', 'siteName']);
  const { target } = request.query;
  const begun = await begin(desk, request, response, { token, target: String(target), page });
  if (begun.kind === 'begun') {
    response.append('Set-Cookie', begun.setCookie);
    response.json({ result: {} });
  } else if (begun.kind === 'bad-target') refuse(response, 403, CODES.CONNECTED_APP_NOT_FOUND);
  else refuse(response, begun.isOutage ? 503 : 401, begun.code);
}

/** In the form in which its client looks for the code. */
const refuse = (response: Arrived, status: number, code: number): void =>
  void response.status(status).json({ result: { errors: [{ code }] } });
