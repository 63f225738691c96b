/** What an app could strip, fold or ignore before it compares: blanks, controls, format characters, unassigned ones. */
const UNSEEN = /[\p{C}\p{Z}\s]/gu;

/** The one spelling in which names are compared with what a client wrote. Folds widely: it errs towards a match. */
export const normalText = (text: string): string =>
  (isPlain(text) ? text : text.normalize('NFKC').replace(UNSEEN, '')).toLowerCase();

const isPlain = (text: string): boolean => /^[\x21-\x7e]*$/.test(text);
