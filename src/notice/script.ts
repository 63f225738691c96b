import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DEFAULT_PREFIX, type OwnPaths } from '../lib/own-paths.ts';
import type { Scripts } from '../login/looks.ts';
import { type Asset, createAsset } from '../login/pages/index.ts';
import type { PageScript } from './insertion.ts';

const place = (name: string): URL => new URL(`page/${name}`, import.meta.url);

/**
 * A script of the pages, less what only its readers need: comments that have their lines to themselves, and, outside of quotes,
 * white space beside a mark and the last comma or semicolon. It has no regular expressions, and no template within a template.
 */
export const readScript = (file: URL): string =>
  readFileSync(file, 'utf8')
    .replace(/^\s*\/\*[\s\S]*?\*\/\s*\n|^\s*\/\/.*\n/gm, '')
    .replace(/('(?:[^'\\]|\\.)*'|`[^`]*`)|\s*([^\w\s$'"`])\s*/g, (_, quoted, mark) => quoted ?? mark)
    .replace(/('(?:[^'\\]|\\.)*'|`[^`]*`)|,(?=[)}])|;(?=\})/g, (_, quoted) => quoted ?? '');

/** A style sheet in one line. */
const readStyle = (name: string): string =>
  readFileSync(place(name), 'utf8')
    .trim()
    .replace(/\s*([{};])\s*/g, '$1')
    .replace(/([:,])\s+/g, '$1')
    .replace(/;\}/g, '}');

const withStyle = (name: string): string => readScript(place(`${name}.js`)).replace('STYLE', readStyle(`${name}.css`));

const NOTICE = withStyle('notice');
const ACTING = withStyle('acting');
const signedIn = createAsset('js', readScript(place('signed-in.js')));
const signedOut = createAsset('js', readScript(place('signed-out.js')));

/** What is put into pages of apps, to ask at the prefix that it is told. */
export const createPageScript =
  (text: string) =>
  ({ prefix }: OwnPaths): Asset =>
    createAsset(
      'js',
      text.replace(DEFAULT_PREFIX, () => prefix),
    );

export const createNoticeScript = createPageScript(NOTICE);

/** For who acts as another user. */
export const createActingScript = createPageScript(ACTING);

export const createScripts = (own: OwnPaths): Scripts => ({
  ...{ notice: createNoticeScript(own), acting: createActingScript(own) },
  ...{ signedIn, signedOut },
});

/** The hash of a script, as policies and tags name it. */
export const hashOf = ({ body }: Asset): string => `sha256-${createHash('sha256').update(body).digest('base64')}`;

/** A script of the pages, where this installation has it. */
export const placed = (own: OwnPaths, script: Asset): PageScript => {
  return { path: own.asset(script.name), hash: hashOf(script), connect: own.session };
};

/**
 * Neither `async` nor `defer`: it has to be there before the page's own scripts open their connections. With `integrity`, by
 * which a policy can name it (CSP3 §8.4).
 * @param data - further attributes, as they stand in the tag
 */
export const tagOf = ({ path, hash }: Pick<PageScript, 'path' | 'hash'>, data = ''): string =>
  `<script src="${path}" integrity="${hash}"${data && ` ${data}`}></script>`;

export const noticeTag = (own: OwnPaths): string => tagOf(placed(own, createNoticeScript(own)));
