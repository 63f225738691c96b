import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Asset, createAsset } from '../login/pages/index.ts';

const read = (name: string): string => readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8');

/**
 * A script of the pages, less what only its readers need: comments that have their lines to themselves, and, outside of quotes,
 * white space beside a mark and the last comma or semicolon. It has no regular expressions, and no template within a template.
 */
const readScript = (name: string): string =>
  read(name)
    .replace(/^\s*\/\*[\s\S]*?\*\/\s*\n|^\s*\/\/.*\n/gm, '')
    .replace(/('(?:[^'\\]|\\.)*'|`[^`]*`)|\s*([^\w\s$'"`])\s*/g, (_, quoted, mark) => quoted ?? mark)
    .replace(/('(?:[^'\\]|\\.)*'|`[^`]*`)|,(?=[)}])|;(?=\})/g, (_, quoted) => quoted ?? '');

/** A style sheet in one line. */
const readStyle = (name: string): string =>
  read(name)
    .trim()
    .replace(/\s*([{};])\s*/g, '$1')
    .replace(/([:,])\s+/g, '$1')
    .replace(/;\}/g, '}');

/** What is put into the pages of apps. */
export const noticeScript: Asset = createAsset('js', readScript('notice.js').replace('STYLE', readStyle('notice.css')));

/** Its hash, as policies and tags name it. */
export const noticeHash = `sha256-${createHash('sha256').update(noticeScript.body).digest('base64')}`;

/**
 * Neither `async` nor `defer`: it has to be there before the page's own scripts open their connections. With `integrity`, by
 * which a policy can name it (CSP3 §8.4).
 */
export const noticeTag = `<script src="${noticeScript.path}" integrity="${noticeHash}"></script>`;

/** Of the page at which signing in beside a waiting page ends. */
export const signedInScript: Asset = createAsset('js', readScript('signed-in.js'));

/** Of the page at which signing out ends. */
export const signedOutScript: Asset = createAsset('js', readScript('signed-out.js'));
