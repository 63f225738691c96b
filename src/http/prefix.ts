/** Everything of dashgate's own is below it, and nothing below it reaches an upstream. */
export const PREFIX = '/_dashgate';
