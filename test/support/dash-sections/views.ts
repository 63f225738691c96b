import { createView, type SectionRules, type View } from '../../../src/dash/view.ts';

/** What somebody sees who holds these sections, of an app with marketing and hr. */
export function aView(
  held: readonly string[] = ['marketing'],
  changes: Partial<SectionRules> = {},
  shown = ['/'],
  own = ['/'],
): View {
  const rules: SectionRules = {
    known: new Set(['marketing', 'hr']),
    shared: [],
    isStrict: false,
    freeValues: new Set(),
    routes: [{ segments: ['people'], section: 'hr' }],
    ...changes,
  };
  return createView(rules, (section) => held.includes(section), { shown, own });
}
