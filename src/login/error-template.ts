import { ConfigInvalid } from '../errors.ts';
import { readText } from '../lib/read-text.ts';
import { escapeHtml } from './pages/html.ts';

/** What a template may ask for: the names that templates of Panel have, and the way to try again. All of it is text. */
export const TEMPLATE_NAMES = [
  ...['title', 'error_type', 'error', 'error_msg', 'retry_link', 'oauth_logout_link', 'base_url', 'npm_cdn'],
] as const;
export type TemplateValues = Readonly<Record<(typeof TEMPLATE_NAMES)[number], string>>;

/** A page with these in their places, escaped wherever they stand. */
export type ErrorTemplate = (values: TemplateValues) => string;

const MOST_BYTES = 256 * 1024;
const TAG = /\{\{([\s\S]*?)\}\}|\{%([\s\S]*?)%\}|\{#[\s\S]*?#\}/g;
const VALUE = /^-?\s*([a-z_]+)\s*((?:\|[^|]*)*?)\s*-?$/;
const FILTER = /^(?:escape|e|default\(\s*(?:"([^"]*)"|'([^']*)')\s*(?:,\s*(?:true|True)\s*)?\))$/;
const IF = /^-?\s*(?:(if)\s+([a-z_]+)|(else)|(endif))\s*-?$/;

type Part = (values: Readonly<Record<string, string>>, shown: boolean[]) => string;

/**
 * A page of the operator's own, in as much of Jinja as such pages need: `{{ name }}`, its filters `escape` and `default("…")`,
 * `{% if name %} {% else %} {% endif %}` and comments.
 * @throws ConfigInvalid, with the line, for anything else
 */
export function readErrorTemplate(file: string | null): ErrorTemplate | null {
  if (file === null) return null;
  const text = readText(file, 'error template', MOST_BYTES);
  const parts: Part[] = [];
  let end = 0;
  let open = 0;
  for (const match of text.matchAll(TAG)) {
    parts.push(literally(text.slice(end, match.index)));
    end = match.index + match[0].length;
    const [, value, statement] = match;
    const part =
      value !== undefined ? valuePart(value) : statement !== undefined ? branchPart(statement) : literally('');
    const word = statement?.trim();
    open += word?.startsWith('if') ? 1 : word?.startsWith('endif') ? -1 : 0;
    const isLost = open < 0 || (open === 0 && word?.startsWith('else'));
    if (!part || isLost) {
      const line = text.slice(0, match.index).split('\n').length;
      throw new ConfigInvalid(
        `${file}:${line}: has something that is not known in a template; write {{ name }}, {% if name %}, {% else %} or {% endif %}, with one of ${TEMPLATE_NAMES.join(', ')}`,
      );
    }
    parts.push(part);
  }
  if (open > 0) throw new ConfigInvalid(`${file}: has an {% if %} without its {% endif %}; add it`);
  parts.push(literally(text.slice(end)));
  return (values) => {
    const shown: boolean[] = [];
    return parts.map((part) => part(values, shown)).join('');
  };
}

const isKnown = (name: string): boolean => TEMPLATE_NAMES.some((known) => known === name);

const literally =
  (text: string): Part =>
  (_values, shown) =>
    shown.every(Boolean) ? text : '';

function valuePart(written: string): Part | null {
  const [, name = '', filters = ''] = VALUE.exec(written) ?? [];
  const read = filters
    .split('|')
    .slice(1)
    .map((filter) => FILTER.exec(filter.trim()));
  if (!isKnown(name) || read.some((filter) => filter === null)) return null;
  const fallback = read.map((filter) => filter?.[1] ?? filter?.[2] ?? '').find((text) => text !== '') ?? '';
  return (values, shown) => (shown.every(Boolean) ? escapeHtml(values[name] || fallback) : '');
}

function branchPart(written: string): Part | null {
  const [, isIf, name = '', isElse, isEnd] = IF.exec(written) ?? [];
  if (isIf !== undefined && isKnown(name))
    return (values, shown) => {
      shown.push(Boolean(values[name]));
      return '';
    };
  if (isElse === undefined && isEnd === undefined) return null;
  return (_values, shown) => {
    const last = shown.pop() ?? false;
    if (isElse !== undefined) shown.push(!last);
    return '';
  };
}
