import { ALL } from '../lib/grant.ts';

/** A name that a rule asks for, in the app that asks. */
export interface Resource {
  readonly app: string;
  readonly name: string;
}

/** Whether a canonical grant (lib/grant.ts) covers a resource. */
export function covers(grant: string, { app, name }: Resource): boolean {
  return grant === ALL || grant === name || grant === `${app}/${ALL}` || grant === `${app}/${name}`;
}
