import { ALL } from '../lib/grant.ts';

/** A name that a rule asks for, in the app that asks. */
export interface Resource {
  readonly app: string;
  readonly name: string;
  /** Names that do as well. */
  readonly orAnyOf?: readonly string[];
}

/** Whether a canonical grant (lib/grant.ts) covers a resource. */
export function covers(grant: string, { app, name, orAnyOf = [] }: Resource): boolean {
  if (grant === ALL || grant === `${app}/${ALL}`) return true;
  return [name, ...orAnyOf].some((each) => grant === each || grant === `${app}/${each}`);
}

/** As people are told of it. */
export const namesOf = ({ name, orAnyOf = [] }: Resource): string => [name, ...orAnyOf].join(' or ');
