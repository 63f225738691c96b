/** Text that is HTML already. Made by {@link html} only, so that no string becomes markup by being passed along. */
export class Html {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** Joins a template: the literal parts are markup, every value is text unless it is Html itself. */
  static join(literals: readonly string[], values: readonly HtmlValue[]): Html {
    let text = literals[0] ?? '';
    for (const [index, value] of values.entries()) text += render(value) + (literals[index + 1] ?? '');
    return new Html(text);
  }

  toString(): string {
    return this.#text;
  }
}

/** What a template may hold. `null` and `false` leave nothing behind, so that `condition && html` reads well. */
export type HtmlValue = Html | string | number | null | false | readonly HtmlValue[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Controls that HTML does not allow in text (WHATWG HTML §13.2.3.5); tab, line feed and carriage return stay. */
const isForbidden = (code: number): boolean =>
  (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) || (code >= 0x7f && code <= 0x9f);

/** Safe as text and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  let escaped = '';
  for (const char of text.toWellFormed()) {
    escaped += isForbidden(char.codePointAt(0) ?? 0) ? '\ufffd' : (ENTITIES[char] ?? char);
  }
  return escaped;
}

function render(value: HtmlValue): string {
  if (value === null || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return value.map(render).join('');
}

/**
 * Markup with its values escaped. An attribute must be quoted in the template.
 * @throws TypeError where a value stands in an attribute without quotes, which no escaping makes safe
 */
export function html(literals: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  if (literals.slice(0, -1).some((literal) => literal.trimEnd().endsWith('='))) {
    throw new TypeError('a value in an attribute must stand in quotes');
  }
  return Html.join(literals, values);
}
