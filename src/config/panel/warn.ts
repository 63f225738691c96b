import type { Problem } from '../explain.ts';
import type { Config } from '../schema/config.ts';
import type { PanelGiven } from './read.ts';

/** Panel itself does not start with a provider and without this secret, so whoever leaves it out here has forgotten it. */
export function* warnOfPanel(given: PanelGiven['given'], { providers, apps }: Config): Generator<Problem> {
  if (!given.has('provider') || apps.some(({ identity }) => identity.includes('panel'))) return;
  yield {
    path: ['providers', providers.length - 1],
    why: 'is given without --cookie-secret or PANEL_COOKIE_SECRET, so no app finds its user in pn.state.user; add the one that the app has',
  };
}
