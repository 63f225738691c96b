import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { program } from './programs.ts';
import type { Dashboard } from './start-gunicorn.ts';
import { startProgram } from './start-program.ts';
import { tempDir } from './temp-dir.ts';

const apps = join(import.meta.dirname, 'dashboards');

interface Recipe {
  /** Of the Python environment: `-m …`, or a file. */
  readonly args: (port: string) => string[];
  /** What it prints once it answers. */
  readonly ready: RegExp;
}

const onLoopback = (port: string): string[] => ['--port', port, '--address', '127.0.0.1'];
const streamlit = (port: string): string[] =>
  Object.entries({
    'server.port': port,
    'server.address': '127.0.0.1',
    'server.headless': 'true',
    'server.fileWatcherType': 'none',
    'browser.gatherUsageStats': 'false',
  }).map(([name, value]) => `--${name}=${value}`);

const RECIPES = {
  bokeh: {
    args: (port) => ['-m', 'bokeh', 'serve', 'bokeh_app.py', ...onLoopback(port), '--unused-session-lifetime=300000'],
    ready: /Bokeh app running at/,
  },
  bokeh_who: {
    args: (port) => ['-m', 'bokeh', 'serve', 'bokeh_who.py', ...onLoopback(port), '--allow-websocket-origin=*'],
    ready: /Bokeh app running at/,
  },
  gradio: { args: () => ['gradio_app.py'], ready: /Running on local URL/ },
  marimo: {
    args: (port) => ['-m', 'marimo', '-y', 'run', 'marimo_app.py', '--headless', '--no-token', '-p', port],
    ready: /URL: http/,
  },
  panel: {
    args: (port) => ['-m', 'panel', 'serve', 'panel_app.py', ...onLoopback(port), '--allow-websocket-origin=*'],
    ready: /Bokeh app running at/,
  },
  panel_user: {
    args: (port) => ['-m', 'panel', 'serve', 'panel_user.py', ...onLoopback(port), '--allow-websocket-origin=*'],
    ready: /Bokeh app running at/,
  },
  panel_who: {
    args: (port) => ['-m', 'panel', 'serve', 'panel_who.py', ...onLoopback(port), '--allow-websocket-origin=*'],
    ready: /Bokeh app running at/,
  },
  shiny: { args: (port) => ['-m', 'shiny', 'run', 'shiny_app.py', '--port', port], ready: /Uvicorn running on/ },
  shiny_user: { args: (port) => ['-m', 'shiny', 'run', 'shiny_user.py', '--port', port], ready: /Uvicorn running on/ },
  streamlit_user: {
    args: (port) => ['-m', 'streamlit', 'run', 'streamlit_user.py', ...streamlit(port)],
    ready: /You can now view your Streamlit app/,
  },
  streamlit: {
    args: (port) => ['-m', 'streamlit', 'run', 'streamlit_app.py', ...streamlit(port)],
    ready: /You can now view your Streamlit app/,
  },
  panel_pages: {
    args: (port) => [
      ...['-m', 'panel', 'serve', ...['home', 'marketing', 'hr'].map((name) => `panel_pages/${name}.py`)],
      ...[...onLoopback(port), '--allow-websocket-origin=*'],
    ],
    ready: /Bokeh app running at.*\/hr/,
  },
  streamlit_pages: {
    args: (port) => ['-m', 'streamlit', 'run', 'streamlit_pages.py', ...streamlit(port)],
    ready: /You can now view your Streamlit app/,
  },
  voila: {
    args: (port) => ['-m', 'voila', 'voila_app.ipynb', '--no-browser', `--port=${port}`, '--Voila.ip=127.0.0.1'],
    ready: /Voil. is running at/,
  },
} satisfies Record<string, Recipe>;

/** Variables by which dashboards tell nobody, and leave nothing behind but in a folder of the test. */
export const quietly = (home: string): NodeJS.ProcessEnv => ({
  HOME: home,
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONUNBUFFERED: '1',
  GRADIO_ANALYTICS_ENABLED: 'False',
  BOKEH_RESOURCES: 'server',
});

type DashboardKind = keyof typeof RECIPES;

/** One of the real dashboards, with its app of `dashboards/`, in the environment that scripts/setup.ts made. It tells nobody. */
export async function startDashboard(kind: DashboardKind, env: NodeJS.ProcessEnv = {}): Promise<Dashboard> {
  await using closing = new AsyncDisposableStack();
  const home = closing.use(await tempDir());
  const port = await freePort();
  const { args, ready }: Recipe = RECIPES[kind];
  const running = closing.use(
    await startProgram(program('dashboards'), args(`${port}`), {
      cwd: apps,
      env: { ...env, PORT: `${port}`, ...quietly(home.path) },
      ready,
      readyWithinMs: 60_000,
    }),
  );
  const all = closing.move();
  return {
    ...running,
    port,
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
