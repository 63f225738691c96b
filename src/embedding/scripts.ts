import { readFileSync } from 'node:fs';
import { DEFAULT_PREFIX, type OwnPaths } from '../lib/own-paths.ts';
import { type Asset, createAsset } from '../login/pages/index.ts';
import { readScript } from '../notice/script.ts';

const place = (name: string): URL => new URL(`page/${name}`, import.meta.url);
const FRAME = readScript(place('frame.js'));
const EMBED = readFileSync(place('embed.js'), 'utf8');

/** What is put into each page that is shown in a frame, to ask at the prefix that it is told. */
export const createFrameScript = ({ prefix }: OwnPaths): Asset =>
  createAsset(
    'js',
    FRAME.replace(DEFAULT_PREFIX, () => prefix),
  );

/** The element for host pages, as it stands in the source but for the prefix. */
export const createEmbedScript = ({ prefix }: OwnPaths): string => EMBED.replace(DEFAULT_PREFIX, () => prefix);
