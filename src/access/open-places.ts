import type { Identity } from '../identity/identity.ts';
import { isPattern } from '../lib/public-place.ts';
import { type App, entryOf } from './app.ts';
import { decide } from './decide.ts';
import { demandOf } from './demand.ts';

/** Pages that somebody with these grants may open, as links: each app that may be entered, and the places in it. None of many hosts, which have no list. */
export function openPlaces(apps: readonly App[], identity: Identity): { name: string; href: string }[] {
  const may = (app: App, own: string): boolean =>
    decide(demandOf(app, app.prefix + own.slice(1)).need, { kind: 'identified', identity }, entryOf(app)).kind ===
    'allow';
  return apps
    .filter((app) => !isPattern(app))
    .flatMap((app) =>
      ['/', ...app.places]
        .filter((own) => may(app, own))
        .map((own) => ({
          name: own === '/' ? app.title : `${app.title} · ${own.slice(1)}`,
          href: app.origin + app.prefix + own.slice(1),
        })),
    );
}
