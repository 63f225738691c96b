import type { AppConfig } from '../../config/schema/config.ts';
import { luidOf } from '../../lib/luid.ts';

type Doors = NonNullable<AppConfig['tableau']>;

/** A site of an API, as clients name it and as its paths do. */
export interface Site {
  readonly contentUrl: string;
  readonly title: string;
  readonly id: string;
  /** Needed to use it; `null`: nothing. */
  readonly resource: string | null;
}

/** An app with doors of Tableau's, as the configuration has it. */
export interface ApiApp extends Omit<Doors, 'sites'> {
  readonly name: string;
  /** What its users' ids are made within. */
  readonly space: string;
  readonly sites: readonly Site[];
}

/** `null`: it has no such doors. @param space - `server.public_url` */
export const apiAppOf = ({ name, tableau }: Pick<AppConfig, 'name' | 'tableau'>, space: string): ApiApp | null =>
  tableau && {
    ...tableau,
    ...{ name, space },
    sites: tableau.sites.map((site) => ({
      ...site,
      id: site.id ?? luidOf(space, 'site', name, site.contentUrl.toLowerCase()),
    })),
  };

/** Content URLs are one whatever their case. */
export const siteOf = ({ sites }: Pick<ApiApp, 'sites'>, contentUrl: string): Site | null =>
  sites.find((site) => site.contentUrl.toLowerCase() === contentUrl.toLowerCase()) ?? null;

const OF_SITE = /^\/api\/[^/]+\/sites\/([^/]+)/i;

/** Whether a path, from the root of the app, names another site than this. */
export function isOfOtherSite(ownPath: string, { id }: Pick<Site, 'id'>): boolean {
  const named = OF_SITE.exec(ownPath)?.[1];
  return named !== undefined && named.toLowerCase() !== id;
}
