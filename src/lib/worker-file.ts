/**
 * The file of a worker, which is named as it stands in `src/`: in `dist/` it has another ending.
 * @param source - `new URL('./some-worker.ts', import.meta.url)`
 */
export const workerFile = (source: URL): URL =>
  import.meta.url.endsWith('.ts') ? source : new URL(source.href.replace(/\.ts$/, '.js'));
