import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { authelia, configOf, QUESTION, usersOf } from '../../bench/peers/authelia.ts';
import { ask } from '../../bench/stage/ask.ts';
import { tempDir } from '../support/temp-dir.ts';

const PLACE = { port: 9091, usersFile: '/a/users.yml', folder: '/a' };

it('what is written for Authelia has what its documentation asks for', () => {
  const config = parse(configOf(PLACE));
  expect(config.server.address).toBe('tcp://127.0.0.1:9091/');
  expect(config.server.endpoints.authz['auth-request'].implementation).toBe('AuthRequest');
  expect(config.authentication_backend.file.path).toBe('/a/users.yml');
  expect(config.access_control.default_policy).toBe('one_factor');
  // Nowhere else than in memory, which is what it does without a word of Redis.
  expect(config.session).not.toHaveProperty('redis');
  const [{ domain, authelia_url: portal }] = config.session.cookies;
  expect(new URL(portal).protocol).toBe('https:');
  expect(new URL(portal).hostname.endsWith(`.${domain}`)).toBe(true);
  expect(QUESTION).toMatch(new RegExp(`X-Original-URL https://[a-z]+\\.${domain}\\$request_uri;`));
  for (const secret of [config.session.secret, config.storage.encryption_key]) expect(secret.length).toBe(64);
  expect(parse(configOf(PLACE)).session.secret).not.toBe(config.session.secret);
  expect(parse(usersOf('$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA')).users.ada.password).toContain('$argon2id$');
});

/** Takes the configuration as Authelia does, and holds who asks to the headers that it asks for. */
const STAND_IN = `#!${process.execPath}
const { createServer } = require('node:http');
const { readFileSync } = require('node:fs');
const { parse } = require(${JSON.stringify(join(import.meta.dirname, '../../node_modules/yaml'))});
const config = parse(readFileSync(process.argv[process.argv.indexOf('--config') + 1], 'utf8'));
const { users } = parse(readFileSync(config.authentication_backend.file.path, 'utf8'));
const { port } = new URL(config.server.address.replace('tcp:', 'http:'));
createServer(async (request, response) => {
  const { headers } = request;
  if (request.url === '/api/firstfactor') {
    let body = '';
    for await (const part of request) body += part;
    const { username } = JSON.parse(body);
    const isHere = headers['x-forwarded-proto'] === 'https' && headers['x-forwarded-host'] === 'auth.example.com';
    if (!isHere || !users[username]) return response.writeHead(401).end();
    return response.writeHead(200, { 'Set-Cookie': 'authelia_session=abc; Domain=example.com; Secure' }).end('{}');
  }
  const isKnown = headers.cookie === 'authelia_session=abc' && headers['x-original-method'] === 'GET';
  const isHttps = (headers['x-original-url'] ?? '').startsWith('https://dash.example.com/');
  response.writeHead(request.url === '/api/authz/auth-request' && isKnown && isHttps ? 200 : 401).end();
}).listen(port, '127.0.0.1');
`;

it('is started, signed in to and asked in that way: by a stand-in, which is not the real one', async () => {
  await using dir = await tempDir();
  await using closing = new AsyncDisposableStack();
  const file = await dir.write('authelia-stand-in.cjs', STAND_IN);
  await chmod(file, 0o755);
  const check = await authelia.verify?.(file, { dir, upstream: 'http://127.0.0.1:9', closing });
  expect(check).toBeDefined();
  const { status } = await ask(`http://${check?.check}${check?.uri}`, { headers: { ...check?.headers } });
  expect(status).toBe(200);
  expect((await ask(`http://${check?.check}${check?.uri}`)).status).toBe(401);
});
