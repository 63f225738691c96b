import type { Config } from '../config/schema/config.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { type ErrorTemplate, readErrorTemplate } from './error-template.ts';
import { readLogo } from './logo.ts';
import { readMarks } from './marks.ts';
import { type Asset, createPages, assets as ownAssets, type Pages, type ProviderMark } from './pages/index.ts';

/** The scripts that windows run. */
export interface Scripts {
  /** What is put into the pages of apps. */
  readonly notice: Asset;
  /** The same for who acts as another user. */
  readonly acting: Asset;
  /** Tells waiting pages that somebody has signed in. */
  readonly signedIn: Asset;
  /** Tells other pages that somebody has signed out. */
  readonly signedOut: Asset;
}

/** All that a browser is shown of ours. */
export interface Looks {
  readonly pages: Pages;
  /** The operator's own page for a sign-in that came to nothing. */
  readonly errorTemplate: ErrorTemplate | null;
  /** What stands at the buttons of providers, by their ids. */
  readonly marks: ReadonlyMap<string, ProviderMark>;
  readonly scripts: Scripts;
  /** Every file that pages ask for. */
  readonly assets: readonly Asset[];
}

/** @throws ConfigInvalid where a file that the configuration names cannot be read or is of another kind */
export async function readLooks(
  own: OwnPaths,
  { login: { title, footer, logoFile, errorTemplate }, providers }: Pick<Config, 'login' | 'providers'>,
  scripts: Scripts,
): Promise<Looks> {
  const logo = await readLogo(logoFile);
  const marks = await readMarks(providers);
  return {
    pages: createPages(own, { title, footer, logo: logo?.name ?? null }),
    errorTemplate: readErrorTemplate(errorTemplate),
    marks: marks.of,
    scripts,
    assets: [...ownAssets, ...Object.values(scripts), ...(logo ? [logo] : []), ...marks.assets],
  };
}
