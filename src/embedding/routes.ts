import express, { type Router } from 'express';
import { sendAsset } from '../login/send-asset.ts';
import type { Arrived, EmbedDesk } from './desk.ts';
import { createEmbedScript, createFrameScript } from './scripts.ts';
import { askedBefore, showEnded, signInByAddress, signInByScript } from './sign-in.ts';
import { keepOut, whoIsIn } from './who-is-in.ts';

/** What is for frames in pages of other applications, before all that is not. */
export function createEmbedRoutes(desk: EmbedDesk): Router {
  const { own } = desk;
  const { embed } = own;
  const element = createEmbedScript(own);
  const script = createFrameScript(own);
  const router = express.Router({ caseSensitive: true, strict: true });
  router.get(`${embed}.js`, (_request, response) => {
    // For any page: what it does there is the page's own doing.
    response.set({ 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' });
    response.set('Cache-Control', 'public, max-age=300').type('text/javascript; charset=utf-8').send(element);
  });
  router.get(own.asset(script.name), sendAsset(script));
  router.get(embed, (request, response: Arrived) => signInByAddress(desk, request, response));
  router.post(embed, (request, response: Arrived) => signInByScript(desk, request, response));
  router.options(embed, (request, response: Arrived) => askedBefore(desk, request, response));
  router.all(embed, (_request, response) => {
    response.status(405).set('Allow', 'GET, POST, OPTIONS').json({ error: 'This takes GET, POST, OPTIONS.' });
  });
  router.get(`${embed}/ended`, (request, response: Arrived) => showEnded(desk, request, response));
  router.get(own.session, (request, response: Arrived, next) => whoIsIn(desk, request, response, next));
  router.use((request, response: Arrived, next) => {
    if (request.path.startsWith(own.asset(''))) next();
    else keepOut(desk, request, response, next);
  });
  return router;
}
