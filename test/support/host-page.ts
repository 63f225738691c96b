import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { freePort } from './free-port.ts';

/** A page of another application on https, at a site of its own. */
export interface HostPage extends AsyncDisposable {
  readonly origin: string;
  /** What it shows from here on: the body of a page. */
  show(html: string): void;
}

/** @param files - a certificate that is good for `host`, and its key */
export async function startHostPage(host: string, files: { cert: string; key: string }): Promise<HostPage> {
  const port = await freePort();
  let shown = '';
  const server = createServer(
    { cert: readFileSync(files.cert), key: readFileSync(files.key) },
    (_request, response) => {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(`<!doctype html><html lang="en"><title>Portal</title><body>${shown}</body></html>`);
    },
  );
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  return {
    origin: `https://${host}:${port}`,
    show(html) {
      shown = html;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
