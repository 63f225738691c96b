import { needs } from '../support/needs.ts';
import { startEnvoy } from './fronts/envoy.ts';
import { promises } from './fronts/promises.ts';
import { startTraefik } from './fronts/traefik.ts';

needs('fronts')('Envoy, as Envoy Gateway is told by init kubernetes', () => {
  promises(startEnvoy, { setsCookies: false });
});
needs('fronts')('Traefik, as init kubernetes tells it', () => {
  promises(startTraefik, { setsCookies: true });
});
