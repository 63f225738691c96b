import type { AppKind } from './app-kind.ts';

/** Any web application: nothing beside what the configuration says. */
export const web: AppKind = {
  isOpen: () => false,
  voice: null,
  rewritten: [],
  rewrite: () => null,
  refusesCredentials: () => false,
};
