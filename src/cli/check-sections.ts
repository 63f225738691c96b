import type { AppConfig } from '../config/schema/config.ts';
import { type Inspected, survey, unclassified, written } from '../dash/inspect.ts';
import { sectionOf } from '../dash/section-of-id.ts';
import type { SectionRules } from '../dash/view.ts';

/**
 * What a person should look at in a running app before its sections are relied on: each finding is one line, with what to do.
 * Nothing of it is wrong by itself.
 */
export function reviewSections(app: AppConfig, rules: SectionRules, { layout, callbacks }: Inspected): string[] {
  const { components, texts } = survey(layout, rules);
  const declared = callbacks.flatMap(({ outputs, inputs, state }) =>
    [...outputs, ...inputs, ...state].map(({ id }) => written(id)),
  );
  const said: string[] = [];
  if (rules.known.size === 0)
    said.push('no section is known: nobody has been granted a name; grant some, or list them in sections.names');
  for (const name of [...rules.known].sort()) {
    if (
      ![...components.map(({ id }) => id), ...declared].some(
        (id) => sectionOf(id, rules.known) === name || id.includes(`"${name}`),
      )
    )
      said.push(`no id begins with ${name}-: is that a section of this app, or only a resource of another?`);
  }
  for (const [prefix, ids] of unclassified([...components.map(({ id }) => id), ...declared], rules)) {
    const fate = rules.isStrict ? 'hidden from whoever may not see everything' : 'seen by everybody who may enter';
    said.push(
      `ids that begin with ${prefix} belong to no section and are ${fate} (${some(ids)}); add ${prefix} to sections.names if it is one, or to sections.shared if it is everybody’s`,
    );
  }
  for (const { text } of texts.filter(({ section, text }) => section === null && names(text, rules)))
    said.push(
      `the text ${JSON.stringify(short(text))} names a section, and no id protects it; put it into html.Div(id="SECTION-…"), or give its tab or link an id`,
    );
  for (const { output, outputs, inputs, state } of callbacks) {
    if (outputs.length === 0 || [...outputs, ...inputs, ...state].some(({ id }) => isSomebodys(id, rules))) continue;
    said.push(
      `the callback ${output} is everybody’s: what it returns as text, table or figure is not looked into; if it can hold data of a section, give it an output of that section`,
    );
  }
  const open = app.sections?.open ?? [];
  if (open.length > 0)
    said.push(`${open.join(', ')}: open, and nothing of it is looked into; see that it tells users apart by itself`);
  return said;
}

const isSomebodys = (id: unknown, rules: SectionRules): boolean =>
  typeof id === 'string'
    ? sectionOf(id, rules.known) !== null
    : Object.values(Object(id)).some((part) => typeof part === 'string' && sectionOf(part, rules.known) !== null);

/** Whether a text has the name of a section as a word of its own. */
const names = (text: string, { known }: SectionRules): boolean =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}_.-]+/u)
    .some((word) => sectionOf(word, known) !== null);

const some = (ids: readonly string[]): string =>
  ids.slice(0, 3).join(', ') + (ids.length > 3 ? `, and ${ids.length - 3} more` : '');
const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

/** @returns a line that says whether the configuration fits what was found */
export const summary = (app: AppConfig, { callbacks }: Inspected, said: readonly string[]): string =>
  `${app.name} answers: ${callbacks.length} callbacks, ${said.length} things to look at`;
