import { execFile } from 'node:child_process';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLIENT, connectedApp, SECRET, SECRET_ID } from '../support/connected.ts';
import { freePort } from '../support/free-port.ts';
import { basicOf, type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { signedIn, startTableauGate, tableauApps } from '../support/tableau.ts';

// Two dashgates: the far one has Tableau's own doors in front of an API, the near one vouches for its users there as their host
// application does. Each is written after the documentation by itself, and neither is the real one.

const CLIENT_PROGRAM = join(import.meta.dirname, '../support/tableau-client/client.py');

/** An API that says for whom it is asked. */
const api: RequestListener = ({ url = '', headers }, response) => {
  const [, site] = /^\/api\/[\d.]+\/sites\/([^/]+)\/workbooks/.exec(url) ?? [];
  response.writeHead(site === undefined ? 404 : 200, { 'Content-Type': 'application/xml' });
  response.end(
    `<tsResponse xmlns="http://tableau.com/api"><pagination pageNumber="1" pageSize="100" totalAvailable="1"/><workbooks><workbook id="${site}" name="of ${headers['x-dashgate-user']}, token ${headers['x-tableau-auth'] ?? 'none'}"><project id="1" name="p"/><owner id="1"/><tags/></workbook></workbooks></tsResponse>`,
  );
};

let far: Gate;
let near: Gate;
const closing = new AsyncDisposableStack();
beforeAll(async () => {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  far = closing.use(
    await startTableauGate({
      ...{ publicUrl, answer: api },
      connected_apps: [connectedApp({ scopes: ['tableau:content:read'], users: 'directory' })],
    }),
  );
  near = closing.use(
    await startGate({
      publicUrl,
      server: { listen: `127.0.0.1:${port}` },
      apps: tableauApps({
        ...{ kind: 'tableau', upstream: `http://127.0.0.1:${far.port}`, identity: ['tableau'] },
        credentials: ['tableau', 'basic', 'cookie'],
        tableau_server: { server: publicUrl, client_id: CLIENT, secret_id: SECRET_ID, secret_value: SECRET },
      }),
      // Where the name of the far one leads to.
      async fetch(place, { method = 'GET', headers, body } = {}) {
        const { pathname, search } = new URL(String(place));
        const sent = { method, headers: Object.fromEntries(new Headers(headers)) };
        const said = await far.ask(pathname + search, { ...sent, ...(typeof body === 'string' && { body }) });
        return new Response(said.status === 204 ? null : said.body, { status: said.status });
      },
    }),
  );
});
afterAll(() => closing.disposeAsync());

it('whoever is signed in at the near one is signed in at the far one', async () => {
  const { site } = await signedIn(far, 'nora');
  for (const user of ['hanna', 'mica', 'hanna'] as const) {
    const said = await near.ask(`/api/3.22/sites/${site.id}/workbooks`, { headers: { Authorization: basicOf(user) } });
    expect([said.status, said.body]).toEqual([200, expect.stringContaining(`of ${user}, token none`)]);
  }
  expect(far.logText().match(/"reason":"no-credentials"/g)).toBeNull();
});

needs('tableau')('tableauserverclient, which signs in at the near one', () => {
  it('is answered by the far one as the same user', async () => {
    const asked = { url: near.origin, way: 'password', name: 'hanna', secret: PASSWORDS.hanna };
    const { stdout } = await promisify(execFile)(program('tableau'), [CLIENT_PROGRAM, JSON.stringify(asked)], {
      timeout: 60_000,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      first: { names: ['of hanna, token none'], total: 1 },
      signed_out: true,
      afterwards: { code: '401002' },
    });
  });
});
