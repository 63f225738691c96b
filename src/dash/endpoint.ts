/** What a request asks of a Dash app. `base` is where Dash believes its root to be, within the app: begins and ends with `/`. */
export type Endpoint =
  | { readonly kind: 'layout' | 'dependencies' | 'callback'; readonly base: string }
  /** Files that are everybody's: scripts of components, the icon. */
  | { readonly kind: 'file' }
  /** A page, or a route of the app's own: judged by its path, and filtered if it is HTML. */
  | { readonly kind: 'page' }
  /** Nothing that can be judged: closed to whoever may not see everything. */
  | { readonly kind: 'closed' };

const NAMED = { '_dash-layout': 'layout', '_dash-dependencies': 'dependencies' } as const;
const CLOSED: Endpoint = { kind: 'closed' };

/**
 * @param ownPath - decoded, from the app's own root
 * @param query - with its `?`, or empty
 */
export function endpointOf(method: string, ownPath: string, query: string): Endpoint {
  const isRead = method === 'GET' || method === 'HEAD';
  const segments = ownPath.split('/').slice(1);
  const last = segments.at(-1) ?? '';
  const base = ownPath.slice(0, ownPath.length - last.length);
  if (/__debugger__/i.test(safeDecode(query))) return CLOSED;
  if (last === '_dash-update-component') return method === 'POST' ? { kind: 'callback', base } : CLOSED;
  if (!isRead) return CLOSED;
  if (last === '_dash-layout' || last === '_dash-dependencies') return { kind: NAMED[last], base };
  if (segments.includes('_dash-component-suites') || /^_(?:favicon\.ico|reload-hash)$/.test(last))
    return { kind: 'file' };
  if (segments.some((segment) => /^[\s.]*_(?:dash-|mcp)/i.test(segment))) return CLOSED;
  if (/^\/?[\s.]*console[\s.]*\/?$/i.test(ownPath)) return CLOSED;
  return { kind: 'page' };
}

/** Whether callbacks come over a websocket at a path: it is no page and no file, for whoever asks otherwise. */
export const isDialogue = (ownPath: string): boolean => ownPath.endsWith('/_dash-ws-callback');

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
