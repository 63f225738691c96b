import { createHash } from 'node:crypto';
import { FENCE_SVG, LOW_FENCE_SVG, MARK_SVG } from './marks.ts';
import { stylesheetText } from './stylesheet.ts';

/** A file that the pages need. Its name is that of its content, so it may be kept by browsers for good. */
export interface Asset {
  /** Below the folder of assets. */
  readonly name: string;
  readonly contentType: string;
  readonly body: string | Buffer;
}

const CONTENT_TYPES = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
} as const;

export type AssetExtension = keyof typeof CONTENT_TYPES;

/** Also for the logo of the configuration: its bytes in, its name out. */
export function createAsset(extension: AssetExtension, body: string | Buffer): Asset {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
  return { name: `${hash}.${extension}`, contentType: CONTENT_TYPES[extension], body };
}

export const mark = createAsset('svg', MARK_SVG);
const fence = createAsset('svg', FENCE_SVG);
const lowFence = createAsset('svg', LOW_FENCE_SVG);
export const stylesheet = createAsset('css', stylesheetText({ high: fence.name, low: lowFence.name }));

export const assets: readonly Asset[] = [stylesheet, mark, fence, lowFence];
