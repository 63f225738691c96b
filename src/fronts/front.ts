import { caddyFront } from './caddy.ts';
import { envoyFront } from './envoy.ts';
import type { FrontName, FrontOptions } from './options.ts';
import { refuseUnfit } from './places.ts';
import { type FrontConfig, sites } from './sites.ts';
import { traefikFront } from './traefik.ts';

const PRINTERS = { traefik: traefikFront, caddy: caddyFront, envoy: envoyFront } satisfies Record<
  FrontName,
  (config: FrontConfig, options: FrontOptions) => string
>;

/**
 * The configuration of a front for a dashgate configuration.
 * @throws ConfigInvalid, UsageError where the front cannot hold what is configured
 */
export function frontText(config: FrontConfig, name: FrontName, options: FrontOptions): string {
  refuseUnfit(config, sites(config), name, options);
  return PRINTERS[name](config, options);
}
