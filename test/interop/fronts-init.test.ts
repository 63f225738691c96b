import { needs } from '../support/needs.ts';
import { startPrintedCaddy, startPrintedEnvoy, startPrintedTraefik } from './fronts/init.ts';
import { promises } from './fronts/promises.ts';

needs('caddy')('Caddy, as init caddy prints it', () => {
  promises(startPrintedCaddy, { setsCookies: false });
});
needs('fronts')('Envoy, as init envoy prints it', () => {
  promises(startPrintedEnvoy, { setsCookies: true });
});
needs('fronts')('Traefik, as init traefik prints it', () => {
  promises(startPrintedTraefik, { setsCookies: true });
});
