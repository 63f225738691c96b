import type { Path } from '../yaml-file.ts';
import type { Given } from './read.ts';
import type { PanelKey } from './settings.ts';

/** A value for one key of the native configuration, and what to call the place that it came from. */
export interface Translated {
  readonly path: Path;
  readonly value: unknown;
  readonly place: string;
}

export type Settings = ReadonlyMap<PanelKey, Given>;
export type Native = Record<string, unknown>;

/** What is found elsewhere: the tenant of Azure, and the folder that file names are relative to. */
export interface Around {
  readonly tenant: string | undefined;
  readonly cwd: string;
}

/** What one part of the settings comes to; what cannot be followed is put among the faults, a line each. */
export type Items = Generator<Translated, void, void>;
