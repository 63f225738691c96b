import type { App } from '../access/app.ts';
import type { AppKind } from './app-kind.ts';
import { bokeh } from './bokeh.ts';
import { dash } from './dash.ts';
import { gradio } from './gradio.ts';
import { grafana } from './grafana.ts';
import { jupyter } from './jupyter.ts';
import { marimo } from './marimo.ts';
import { panel } from './panel.ts';
import { shiny } from './shiny.ts';
import { streamlit } from './streamlit.ts';
import { tableau } from './tableau.ts';
import { tabpy } from './tabpy.ts';
import { voila } from './voila.ts';
import { web } from './web.ts';

/** A new kind is a new line here, and one in config/schema/apps.ts. */
export const KINDS: Readonly<Record<App['kind'], AppKind>> = {
  ...{ web, dash, panel, bokeh, streamlit, gradio, shiny, marimo, jupyter, voila, grafana, tabpy, tableau },
};

export const kindOf = ({ kind }: Pick<App, 'kind'>): AppKind => KINDS[kind];
