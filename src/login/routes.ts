import express, { type Request, type Router } from 'express';
import type { Arrived, Desk } from './desk.ts';
import { handOff } from './handoff.ts';
import { changeImpersonation, showImpersonation } from './impersonate.ts';
import { showKeys } from './jwks.ts';
import { changeSessions, deleteSessions, showSessions } from './my-sessions.ts';
import { changeTokens, deleteToken, showTokens } from './my-tokens.ts';
import { finishAtProvider } from './provider-callback.ts';
import { endByProvider } from './provider-logout.ts';
import { startAtProvider } from './provider-start.ts';
import { sendAsset } from './send-asset.ts';
import { signIn } from './sign-in.ts';
import { showSignIn } from './sign-in-page.ts';
import { askSignOut, signOut } from './sign-out.ts';
import { showSignedIn } from './signed-in.ts';
import { stayHere, whoAmI } from './who-am-i.ts';

type Page = (desk: Desk, request: Request, response: Arrived) => Promise<void>;

const PAGES: Readonly<Record<string, { readonly get?: Page; readonly post?: Page; readonly remove?: Page }>> = {
  login: { get: showSignIn, post: signIn },
  logout: { get: askSignOut, post: signOut },
  handoff: { get: handOff },
  'jwks.json': { get: showKeys },
  session: { get: whoAmI, post: stayHere },
  'signed-in': { get: showSignedIn },
  'oauth/:id/start': { get: startAtProvider },
  'oauth/:id/callback': { get: finishAtProvider },
  'oauth/:id/backchannel-logout': { post: endByProvider },
  impersonate: { get: showImpersonation, post: changeImpersonation },
  sessions: { get: showSessions, post: changeSessions, remove: deleteSessions },
  tokens: { get: showTokens, post: changeTokens, remove: deleteToken },
};

/** A browser's way to a session and out of it, below the prefix. Errors go on to the caller's handler. */
export function createLoginRoutes(desk: Desk): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const asset of desk.looks.assets) router.get(desk.own.asset(asset.name), sendAsset(asset));
  for (const [name, { get, post, remove }] of Object.entries(PAGES)) {
    const path = `${desk.own.prefix}/${name}`;
    if (get) router.get(path, (request, response: Arrived) => get(desk, request, response));
    if (post) router.post(path, (request, response: Arrived) => post(desk, request, response));
    if (remove) {
      for (const at of [path, `${path}/:id`]) {
        router.delete(at, (request, response: Arrived) => remove(desk, request, response));
      }
    }
    const allow = [...(get ? ['GET', 'HEAD'] : []), ...(post ? ['POST'] : []), ...(remove ? ['DELETE'] : [])].join(
      ', ',
    );
    router.all(path, (_request, response) => {
      response
        .status(405)
        .set('Allow', allow)
        .json({ error: `This takes ${allow}.` });
    });
  }
  return router;
}
