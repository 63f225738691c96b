import { type Literal, readPythonLiteral } from '../../lib/python-literal.ts';

/** What is wrong with a setting of Panel, at the place that it came from. */
export class PanelFault {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** The dict of `--oauth-extra-params`, by its keys: what Panel itself reads of it, and what goes to the provider. */
export interface ExtraParams {
  readonly read: ReadonlyMap<string, string>;
  readonly scope: string | null;
  readonly forwarded: Readonly<Record<string, string>>;
}

/** Keys that Panel reads itself, and sends to nobody; `tenant_id` is `tenant`, as its documentation has it in places. */
const READ = new Map([
  ...['tenant', 'subdomain', 'url', 'server', 'AUTHORIZE_URL', 'TOKEN_URL', 'USER_URL', 'LOGOUT_URL', 'USER_KEY'].map(
    (key): [string, string] => [key, key],
  ),
  ['tenant_id', 'tenant'],
]);

export function readExtraParams(text: string): ExtraParams | PanelFault {
  const found = readPythonLiteral(text);
  if ('why' in found)
    return new PanelFault(`${found.why}, so it is not a Python dict; write it as {'tenant': '…', 'prompt': 'consent'}`);
  if (!(found.value instanceof Map)) return new PanelFault("is not a Python dict; write it as {'tenant': '…'}");
  const dict: ReadonlyMap<string, Literal> = found.value;
  const read = new Map<string, string>();
  const forwarded: [string, string][] = [];
  let scope: string | null = null;
  for (const [key, value] of dict) {
    const own = READ.get(key);
    if (key === 'scope') {
      const words = typeof value === 'string' ? [value] : value;
      if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
        return new PanelFault("has a scope that is no list of texts; write it as 'scope': ['openid', 'email']");
      scope = words.join(' ');
    } else if (own !== undefined) {
      // An empty one is a choice of its own, and None is none.
      if (value === null) continue;
      if (typeof value !== 'string')
        return new PanelFault(`has ${key} with something that is no text; put it in quotes`);
      if (read.has(own)) return new PanelFault('has both tenant and tenant_id; remove one of them');
      read.set(own, value);
    } else {
      const said = asPythonSays(value);
      if (said === null)
        return new PanelFault('has a parameter for the provider that is no text and no number; write it as a text');
      forwarded.push([key, said]);
    }
  }
  return { read, scope, forwarded: Object.fromEntries(forwarded) };
}

/** What `str` of Python writes, which is what goes into an address there. */
function asPythonSays(value: Literal): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : null;
}
