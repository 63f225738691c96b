import { readFileSync } from 'node:fs';
import { Written, word } from './text.ts';

export type Values = Readonly<Record<string, string | number | Written>>;

/** The folder beside `src/` and `dist/`. */
const FOLDER = new URL('../../nginx/templates/', import.meta.url);

/** Reads a template that ships with the package and fills its `{{names}}`. */
export const render = (name: string, values: Values = {}): Written =>
  fill(readFileSync(new URL(`${name}.conf.template`, FOLDER), 'utf8'), values);

/**
 * Fills `{{names}}`: plain values as one escaped parameter, written text as it is. A name alone on its line takes text of
 * several lines, indented like itself, or none at all.
 * @throws Error where names and values do not fit each other: both are ours
 */
export function fill(template: string, values: Values): Written {
  const unused = new Set(Object.keys(values));
  const take = (name: string): string | number | Written => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template asks for ${name}, which has no value`);
    unused.delete(name);
    return value;
  };
  const written = template.replace(/^([ ]*)\{\{(\w+)\}\}\n|\{\{(\w+)\}\}/gm, (_, indent, alone, inline) => {
    const value = take(alone ?? inline);
    const text = value instanceof Written ? value.text : word(String(value));
    return alone === undefined ? text : indented(text, indent);
  });
  if (unused.size > 0) throw new Error(`the template has no place for ${[...unused].join(', ')}`);
  return new Written(written);
}

const indented = (text: string, indent: string): string =>
  text === '' ? '' : `${text.replace(/\n$/, '').replace(/^(?=.)/gm, indent)}\n`;
