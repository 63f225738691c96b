import type { AppKind } from './app-kind.ts';
import { web } from './web.ts';

/** A Dash app: its paths are guarded like any other's. */
export const dash: AppKind = { ...web };
