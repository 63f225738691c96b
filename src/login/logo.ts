import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { ConfigInvalid } from '../errors.ts';
import { type Asset, type AssetExtension, createAsset } from './pages/index.ts';

const EXTENSIONS: Readonly<Record<string, AssetExtension>> = {
  '.svg': 'svg',
  '.png': 'png',
  '.jpg': 'jpg',
  '.jpeg': 'jpg',
  '.webp': 'webp',
};
const MOST_BYTES = 512 * 1024;

/**
 * The picture that stands in place of our own mark, or of a provider's.
 * @param key - what names it in the configuration
 * @throws ConfigInvalid where it cannot be read or is none
 */
export async function readLogo(file: string | null, key = 'login.logo_file'): Promise<Asset | null> {
  if (file === null) return null;
  const extension = EXTENSIONS[extname(file).toLowerCase()];
  if (!extension) throw new ConfigInvalid(`${key}: ${file} is no picture; name a .svg, .png, .jpg or .webp file`);
  const bytes = await readFile(file).catch((error: Error) => {
    throw new ConfigInvalid(`${key}: cannot read ${file}; name a file that is there`, { cause: error });
  });
  if (bytes.length > MOST_BYTES) throw new ConfigInvalid(`${key}: ${file} is larger than 512 KiB; make it smaller`);
  return createAsset(extension, bytes);
}
