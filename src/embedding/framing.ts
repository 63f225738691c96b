import type { ConnectedAppConfig } from '../config/schema/config.ts';
import { ALL } from '../lib/grant.ts';

type Hosts = Pick<ConnectedAppConfig, 'domains'>;

/**
 * The sources of `frame-ancestors` (CSP3 §6.4.2) for what pages of these connected apps may have around it. Each ancestor has to
 * be one of them, so a dashboard that frames a part of itself is among them too.
 */
export const ancestorsOf = (hosts: readonly Hosts[]): string =>
  ["'self'", ...new Set(hosts.flatMap(({ domains }) => domains))].join(' ');

/** Whether a connected app may embed an app. */
export const mayEmbed = ({ apps }: Pick<ConnectedAppConfig, 'apps'>, name: string): boolean =>
  apps.includes(name) || apps.includes(ALL);

/** The connected app whose pages may have a frame of ours, by the origin of the page. */
export const isHostPage = (hosts: readonly Hosts[], origin: string): boolean =>
  hosts.some(({ domains }) => domains.includes(origin));
