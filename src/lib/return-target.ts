/**
 * Where to go after signing in, if that is a place of ours. Read by the WHATWG URL parser, as the browser will read it, and
 * given back as that parser writes it, so that what was judged is what is followed.
 * @param text - as it stood in the query or form
 * @param origin - the one that is asked
 * @param ownPrefix - where our own pages are, which are no place to return to
 * @param exceptions - paths of our own that are
 * @param others - further origins of ours that it may lead to
 * @returns `null` where it leads anywhere else
 */
export function parseReturnTarget(
  text: unknown,
  origin: string,
  ownPrefix: string,
  exceptions: readonly string[] = [],
  others: Pick<ReadonlySet<string>, 'has'> = new Set(),
): string | null {
  if (typeof text !== 'string' || text === '' || text.length > 4096) return null;
  // Browsers drop tabs and line ends and read `\` as `/`; who writes them means to be misread.
  if (/[^\x21-\x7e]|\\/.test(text)) return null;
  if (!/^(?:https?:\/\/|\/(?!\/))/i.test(text) || !URL.canParse(text, origin)) return null;
  const url = new URL(text, origin);
  if (url.username !== '' || url.password !== '') return null;
  if (url.origin !== origin && !others.has(url.origin)) return null;
  if (exceptions.includes(url.pathname)) return `${url.origin}${url.pathname}`;
  if (`${url.pathname}/`.toLowerCase().startsWith(`${ownPrefix}/`) || url.pathname.startsWith('//')) return null;
  return url.href;
}
