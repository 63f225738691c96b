import { execFile } from 'node:child_process';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLIENT, connectedApp, mint } from '../support/connected.ts';
import { type Gate, PASSWORDS } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { startTableauGate, tableauApps } from '../support/tableau.ts';
import { makeToken } from '../support/tokens.ts';

const CLIENT_PROGRAM = join(import.meta.dirname, '../support/tableau-client/client.py');
const NAMESPACE = 'xmlns="http://tableau.com/api"';

/** An API that signs nobody in: it has one workbook for whoever dashgate says is there. */
const api: RequestListener = ({ url = '', headers }, response) => {
  const [, site] = /^\/api\/[\d.]+\/sites\/([^/]+)\/workbooks/.exec(url) ?? [];
  response.setHeader('Content-Type', 'application/xml');
  if (site === undefined) {
    response
      .writeHead(404)
      .end(`<tsResponse ${NAMESPACE}><error code="404003"><summary>x</summary><detail>x</detail></error></tsResponse>`);
    return;
  }
  const name = `of ${headers['x-dashgate-user']}, token ${headers['x-tableau-auth'] ?? 'none'}`;
  response.end(
    `<tsResponse ${NAMESPACE}><pagination pageNumber="1" pageSize="100" totalAvailable="1"/><workbooks><workbook id="${site}" name="${name}"><project id="1" name="p"/><owner id="1"/><tags/></workbook></workbooks></tsResponse>`,
  );
};

const run = promisify(execFile);
async function client(asked: object): Promise<Record<string, unknown>> {
  const { stdout } = await run(program('tableau'), [CLIENT_PROGRAM, JSON.stringify(asked)], { timeout: 60_000 });
  return JSON.parse(stdout);
}

needs('tableau')('tableauserverclient', () => {
  let gate: Gate;
  let url: string;
  beforeAll(async () => {
    gate = await startTableauGate({
      publicUrl: 'http://127.0.0.1:$PORT',
      answer: api,
      connected_apps: [connectedApp({ scopes: ['tableau:content:read'], users: 'own' })],
      grants: { users: { [`connected:${CLIENT}:alice@example.com`]: ['sales'] } },
    });
    url = gate.origin;
  });
  afterAll(() => gate[Symbol.asyncDispose]());

  it('signs in by user name and password, asks, goes to another site, and signs out', async () => {
    const asked = {
      url,
      way: 'password',
      name: 'hanna',
      secret: PASSWORDS.hanna,
      use_server_version: true,
      switch_to: 'people',
    };
    expect(await client(asked)).toEqual({
      version: '3.27',
      site: { id: expect.any(String), url: '' },
      user: expect.any(String),
      first: { names: ['of hanna, token none'], total: 1 },
      switched: { url: 'people', other_token: true },
      second: { names: ['of hanna, token none'], total: 1 },
      signed_out: true,
      afterwards: { error: 'FailedSignInError', code: '401002', detail: expect.any(String) },
    });
  });

  it('signs in by a personal access token', async () => {
    const { token, name } = await makeToken(gate, 'mica');
    const said = await client({ url, way: 'personal_token', name, secret: token, version: '3.27', site: 'people' });
    expect(said).toMatchObject({
      site: { url: 'people' },
      first: { names: ['of mica, token none'] },
      signed_out: true,
    });
  });

  it('signs in by the token of a connected app, once', async () => {
    const jwt = mint({ claims: { scp: ['tableau:content:read'] } });
    const asked = { url, way: 'connected_app', secret: jwt, version: '3.27' };
    expect(await client(asked)).toMatchObject({
      first: { names: [`of connected:${CLIENT}:alice@example.com, token none`] },
      afterwards: { code: '401002' },
    });
    const again = { error: 'FailedSignInError', code: '401001', detail: 'Error signing in to Tableau Server (10091)' };
    expect(await client({ ...asked, fails: true })).toEqual({ failed: again });
  });

  it.each([
    ['a wrong password', { way: 'password', name: 'hanna', secret: 'wrong' }],
    ['a site that is not theirs', { way: 'password', name: 'mike', secret: PASSWORDS.mike, site: 'people' }],
    ['somebody to act as', { way: 'password', name: 'mica', secret: PASSWORDS.mica, act_as: '1' }],
    ['a token that is none', { way: 'personal_token', name: 'nightly', secret: 'dgp_x', version: '3.27' }],
  ])('understands the refusal of %s', async (_what, asked) => {
    const { failed } = await client({ url, ...asked, fails: true });
    expect(failed).toMatchObject({ error: 'FailedSignInError', code: '401001' });
  });

  it('finds an API below a path of its host, too', async () => {
    await gate.reconfigure({ apps: tableauApps({ at: '/reports/', upstream: '$UPSTREAM/' }) });
    const said = await client({
      url: `${url}/reports`,
      way: 'password',
      name: 'hanna',
      secret: PASSWORDS.hanna,
      use_server_version: true,
    });
    expect(said).toMatchObject({ version: '3.27', first: { names: ['of hanna, token none'] } });
  });
});
