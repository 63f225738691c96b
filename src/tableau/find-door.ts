import type { IncomingMessage } from 'node:http';
import { type App, findApp, ownPath } from '../access/app.ts';
import { DashgateError } from '../errors.ts';
import { parseTarget, type Target } from '../lib/target.ts';
import { DOOR_PLACES, type Door, doorAt } from './door.ts';

export interface FoundDoor {
  readonly door: Door;
  readonly app: App;
  readonly target: Target;
}

/** @returns `null` where a request is none of theirs: no app that has doors is there, or no door at that path */
export type FindDoor = (incoming: IncomingMessage) => FoundDoor | null;

/** Finds the door that a request stands at, by the same reading of host and path as any request for an app. */
export function createDoorFinder(apps: readonly App[]): FindDoor {
  if (!apps.some(hasDoors)) return () => null;
  return (incoming) => {
    const { url = '', headers } = incoming;
    if (!isCandidate(url)) return null;
    try {
      const target = parseTarget(url, headers.host);
      const app = findApp(apps, target);
      const door = app && hasDoors(app) ? doorAt(ownPath(app, target.decodedPath)) : null;
      return app && door ? { door, app, target } : null;
    } catch (error) {
      // What has no one reading is refused where every request is.
      if (error instanceof DashgateError) return null;
      throw error;
    }
  };
}

const hasDoors = ({ credentials }: App): boolean => credentials.includes('tableau');

/** What stands there encoded is the same place. */
const isCandidate = (url: string): boolean => {
  const lower = url.toLowerCase();
  return url.includes('%') || DOOR_PLACES.some((place) => lower.includes(place));
};
