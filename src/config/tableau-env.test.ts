import { expect, it } from 'vitest';
import { besideOf } from '../fronts/sites.ts';
import { loadConfig } from './load.ts';

const ENV = {
  TABLEAU_SERVER: 'https://tableau.example.com',
  TABLEAU_SITENAME: 'acme',
  TABLEAU_RESTAPI_VERSION: '3.24',
  TABLEAU_USERNAME: 'nobody-here',
  TABLEAU_CA_CLIENT: 'client',
  TABLEAU_CA_SECRET_ID: 'id',
  TABLEAU_CA_SECRET_VALUE: 'value',
};

const load = (more: object, env: Record<string, string> = {}) => {
  const app = { name: 'bi', at: '/', upstream: 'https://10.0.0.1', kind: 'tableau', identity: ['tableau'], ...more };
  const flags = { 'server.public_url': 'https://dash.example.com', apps: JSON.stringify([app]) };
  return loadConfig({ env, flags, cwd: '/nowhere' }).then(({ config }) => config.apps[0]);
};

it('the environment says what the configuration does not', async () => {
  expect((await load({}, ENV))?.tableauServer).toMatchObject({
    ...{ server: 'https://tableau.example.com', site: 'acme', apiVersion: '3.24' },
    ...{ clientId: 'client', secretId: 'id', secret: { kind: 'text', text: 'value' } },
  });
});

it('what is written wins, and a secret in a file is no second one', async () => {
  const tableau_server = { site: 'own', client_id: 'mine', secret_value_file: 'tableau.secret' };
  expect((await load({ tableau_server }, ENV))?.tableauServer).toMatchObject({
    ...{ site: 'own', clientId: 'mine', secretId: 'id', secret: { kind: 'file', file: '/nowhere/tableau.secret' } },
  });
});

it('apps of another kind take nothing from it', async () => {
  expect((await load({ kind: 'web', identity: [] }, ENV))?.tableauServer).toBeNull();
});

it.each([
  [{}, /identity: has tableau, but tableau_server is missing/],
  [{ tableau_server: { client_id: 'c', secret_id: 's' } }, /secret_value_file: is missing/],
  [
    { tableau_server: { client_id: 'c', secret_id: 's', secret_value: 'v', secret_value_file: 'f' } },
    /given beside secret_value/,
  ],
  [
    { tableau_server: { client_id: 'c', secret_id: 's', secret_value: 'v' }, upstream: 'http://10.0.0.1' },
    /plain http on another machine/,
  ],
  [
    { tableau_server: { client_id: 'c', secret_id: 's', secret_value: 'v' }, upstream: 'unix:/run/x.sock' },
    /upstream is a socket/,
  ],
  [
    { tableau_server: { client_id: 'c', secret_id: 's', secret_value: 'v', scopes: ['all'] } },
    /is not a scope of Tableau/,
  ],
])('%j is refused', async (more, message) => {
  await expect(load(more)).rejects.toThrow(message);
});

it('every front leads it to dashgate itself', async () => {
  const app = await load({ upstream: 'http://127.0.0.1:80' }, { ...ENV, TABLEAU_SERVER: 'http://127.0.0.1' });
  expect(app && besideOf(app)).toBeNull();
});
