/** Controls but for blanks, half characters, and what Unicode calls none (XML 1.0 §2.2, and less). */
const NO_CHARACTER = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/u;

/** Whether XML can hold a text as it is. */
export const isXmlText = (text: string): boolean => !NO_CHARACTER.test(text);

const ESCAPED: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' },
  ...{ '\t': '&#9;', '\n': '&#10;', '\r': '&#13;' },
};

/** Such as stands between quotes or tags. What XML cannot hold becomes a mark for that. */
export const escapeXml = (text: string): string =>
  text.replace(new RegExp(NO_CHARACTER, 'gu'), '\ufffd').replace(/[&<>"'\t\n\r]/g, (char) => ESCAPED[char] ?? char);
