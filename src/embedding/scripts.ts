import { readFileSync } from 'node:fs';
import { DEFAULT_PREFIX, type OwnPaths } from '../lib/own-paths.ts';
import { createPageScript, readScript } from '../notice/script.ts';

const place = (name: string): URL => new URL(`page/${name}`, import.meta.url);
const EMBED = readFileSync(place('embed.js'), 'utf8');

/** What is put into each page that is shown in a frame. */
export const createFrameScript = createPageScript(readScript(place('frame.js')));

/** The element for host pages, as it stands in the source but for the prefix. */
export const createEmbedScript = ({ prefix }: OwnPaths): string => EMBED.replace(DEFAULT_PREFIX, () => prefix);
