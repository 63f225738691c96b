/** A text with its escapes taken for what they mean: as UTF-8 (RFC 3986 §2.5), or, where they are none, byte by byte. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // In one pass, however many there are. That it also knows `%uXXXX` errs towards a match.
    return unescape(text);
  }
}
