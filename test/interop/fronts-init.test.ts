import { needs } from '../support/needs.ts';
import { starterOf } from './fronts/init.ts';
import { promises } from './fronts/promises.ts';

needs('caddy')('Caddy, as init caddy prints it', () => {
  promises(starterOf('caddy'), { setsCookies: false });
});
needs('fronts')('Envoy, as init envoy prints it', () => {
  promises(starterOf('envoy'), { setsCookies: true });
});
needs('fronts')('Traefik, as init traefik prints it', () => {
  promises(starterOf('traefik'), { setsCookies: true });
});
