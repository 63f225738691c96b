import type { ProviderConfig } from '../config/schema/config.ts';
import { readLogo } from './logo.ts';
import type { Asset, ProviderMark } from './pages/index.ts';

/** What stands at the buttons of providers. */
export interface Marks {
  /** By id. */
  readonly of: ReadonlyMap<string, ProviderMark>;
  /** The pictures that the operator gave. */
  readonly assets: readonly Asset[];
}

/** @throws ConfigInvalid where a picture cannot be read or is none */
export async function readMarks(
  providers: readonly Pick<ProviderConfig, 'id' | 'type' | 'iconFile'>[],
): Promise<Marks> {
  const of = new Map<string, ProviderMark>();
  const assets: Asset[] = [];
  for (const [i, { id, type, iconFile }] of providers.entries()) {
    const picture = await readLogo(iconFile, `providers[${i}].icon_file`);
    if (picture) assets.push(picture);
    of.set(id, picture ? { kind: 'picture', asset: picture.name } : { kind: 'drawn', type });
  }
  return { of, assets };
}
