import { BadBody, UnsupportedBody } from '../errors.ts';
import { type Element, readXml } from './xml.ts';

/** What a client signs in by. */
export type GivenCredentials =
  | { readonly kind: 'password'; readonly name: string; readonly password: string }
  | { readonly kind: 'personal_token'; readonly name: string; readonly secret: string }
  | { readonly kind: 'connected_app'; readonly jwt: string; readonly isUat: boolean }
  | { readonly kind: 'none' };

export interface SignInBody {
  readonly credentials: GivenCredentials;
  /** Of the site; empty: the default one. */
  readonly contentUrl: string;
  /** The id of a user to act as; `null`: none. */
  readonly actAs: string | null;
}

/** `tsRequest/credentials`, or its twin in JSON. Throws BadBody, UnsupportedBody. */
export function readSignIn(type: string, body: Buffer): SignInBody {
  const credentials = within(rootOf(type, body), 'credentials');
  if (!credentials) throw new BadBody('the request has no credentials');
  return {
    credentials: credentialsOf(credentials),
    contentUrl: textOf(within(credentials, 'site'), 'contentUrl') ?? '',
    actAs: idOf(within(credentials, 'user')),
  };
}

/** `tsRequest/site`, likewise. @returns its content URL */
export function readSwitchSite(type: string, body: Buffer): string {
  const contentUrl = textOf(within(rootOf(type, body), 'site'), 'contentUrl');
  if (contentUrl === undefined) throw new BadBody('the request has no site');
  return contentUrl;
}

/** Either form: what stands in it by name. */
type Tree = Element | { readonly [name: string]: unknown };

function rootOf(type: string, body: Buffer): Tree {
  const text = decode(body);
  if (isJson(type)) {
    const value: unknown = parseJson(text);
    if (!isTree(value)) throw new BadBody('the JSON is not an object');
    return value;
  }
  if (!/^(?:(?:text|application)\/xml)?$/.test(type)) throw new UnsupportedBody('the body is neither XML nor JSON');
  const root = readXml(text);
  if (root.name !== 'tsRequest') throw new BadBody('the XML is no tsRequest');
  return root;
}

const isJson = (type: string): boolean => type === 'application/json';

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new BadBody('the body is not UTF-8');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadBody('the JSON cannot be read');
  }
}

const isTree = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isElement = (tree: Tree): tree is Element => tree.attributes instanceof Map && Array.isArray(tree.children);

function within(tree: Tree, name: string): Tree | null {
  if (isElement(tree)) {
    const found = tree.children.filter((child) => child.name === name);
    if (found.length > 1) throw new BadBody(`the XML has ${name} twice`);
    return found[0] ?? null;
  }
  const value = Object.hasOwn(tree, name) ? tree[name] : undefined;
  if (value === undefined || value === null) return null;
  if (!isTree(value)) throw new BadBody(`${name} of the JSON is not an object`);
  return value;
}

function textOf(tree: Tree | null, name: string): string | undefined {
  if (!tree) return undefined;
  const value = isElement(tree) ? tree.attributes.get(name) : Object.hasOwn(tree, name) ? tree[name] : undefined;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean' && name === 'isUat') return String(value);
  if (typeof value !== 'string') throw new BadBody(`${name} is not a text`);
  return value;
}

const idOf = (user: Tree | null): string | null => (user ? (textOf(user, 'id') ?? '') : null);

/** One way, whole: what could be read as two is refused. */
function credentialsOf(credentials: Tree): GivenCredentials {
  const [name, password] = [textOf(credentials, 'name'), textOf(credentials, 'password')];
  const tokenName = textOf(credentials, 'personalAccessTokenName');
  const secret = textOf(credentials, 'personalAccessTokenSecret');
  const jwt = textOf(credentials, 'jwt');
  const ways = [name ?? password, tokenName ?? secret, jwt].filter((way) => way !== undefined).length;
  if (ways > 1) throw new BadBody('the request signs in by several ways at once');
  if (jwt !== undefined) return { kind: 'connected_app', jwt, isUat: textOf(credentials, 'isUat') === 'true' };
  if (tokenName !== undefined && secret !== undefined) return { kind: 'personal_token', name: tokenName, secret };
  if (name !== undefined && password !== undefined) return { kind: 'password', name, password };
  if (ways > 0) throw new BadBody('the request has a half of its credentials only');
  return { kind: 'none' };
}
