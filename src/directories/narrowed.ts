import { type Directory, findPerson } from './directory.ts';
import { createSeveral } from './several.ts';

/**
 * Some of the directories of a whole, as one. Who is hidden in the whole, as an earlier directory has a user of that name, is
 * hidden here too. Closing it closes nothing: that is for the whole.
 */
export function createNarrowed(whole: Directory, parts: readonly Directory[]): Directory {
  const part = createSeveral(parts);
  const sources = new Set(parts.map(({ source }) => source));
  const isOfPart = (sub: string): boolean => sources.has(sub.slice(0, sub.indexOf(':')));
  return {
    source: part.source,
    canonical: whole.canonical,
    async verify(user, password) {
      const found = await part.verify(user, password);
      if (found.kind === 'wrong' || (await findPerson(whole, found.person.sub))) return found;
      return { kind: 'wrong', reason: 'bad-password', user: found.person.user };
    },
    async find(user) {
      const person = (await part.find?.(user)) ?? null;
      return person && (await findPerson(whole, person.sub)) ? person : null;
    },
    current: (sub) => (isOfPart(sub) ? whole.current(sub) : null),
    lookUp: async (sub) => (isOfPart(sub) ? ((await whole.lookUp?.(sub)) ?? null) : null),
    passwordTerm: (sub) => whole.passwordTerm?.(sub),
    granted: whole.granted,
    onChanged: whole.onChanged,
    close() {},
  };
}
