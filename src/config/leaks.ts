import type { AppConfig } from './schema/config.ts';

/**
 * Kinds of which rules by path guard the way in to pages and no more: why, and what to do. Of the others each page is called at
 * addresses of its own.
 */
export const LEAKS: Partial<Readonly<Record<AppConfig['kind'], string>>> = {
  dash: 'a click on a dcc.Link shows a page of a Dash app without asking for its address, and callbacks are not told apart; write sections: true, and name ids by their section',
  streamlit:
    'all pages of a Streamlit app come over one websocket, which shows them at a click; let the app ask who is there, or put each part into an app of its own',
  gradio:
    'all pages of a Gradio app call one queue, so their data can be asked for by whoever may open one of them; put each part into an app of its own',
  shiny:
    'a Shiny app is one page with one websocket; let the app ask who is there, or put each part into an app of its own',
  marimo: 'a marimo app is one page with one kernel; put each part into an app of its own',
  jupyter: 'a Jupyter server gives everything by one API; put each part into a server of its own',
  voila:
    'all pages of Voila call their kernels by one address, whose ids alone are secret; put each part into an app of its own',
};
