/** What XML cannot carry at all, not even escaped (XML 1.0 §2.2). */
const UNSPEAKABLE = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

const ESCAPED: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' },
  ...{ '\t': '&#9;', '\n': '&#10;', '\r': '&#13;' },
};

/**
 * A text as it stands within the quotes of an attribute.
 * @returns `null` where XML has no way to say it
 */
export const attributeText = (text: string): string | null =>
  UNSPEAKABLE.test(text) ? null : text.replace(/[&<>"'\t\n\r]/g, (one) => ESCAPED[one] ?? one);
