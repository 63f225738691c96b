/** A subject that may be written as a number, as a text; `undefined` where it could be two. */
export const plainSubject = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : Number.isSafeInteger(value) ? String(value) : undefined;
