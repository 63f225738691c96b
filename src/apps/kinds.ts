import type { App } from '../access/app.ts';
import type { AppKind } from './app-kind.ts';
import { dash } from './dash.ts';
import { tabpy } from './tabpy.ts';
import { web } from './web.ts';

/** A new kind is a new line here, and one in config/schema/apps.ts. */
const KINDS: Readonly<Record<App['kind'], AppKind>> = { web, dash, tabpy };

export const kindOf = ({ kind }: Pick<App, 'kind'>): AppKind => KINDS[kind];
