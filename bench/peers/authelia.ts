import { randomBytes } from 'node:crypto';
import { hashArgon2 } from '../../src/directories/hash/argon2.ts';
import { freePort } from '../../test/support/free-port.ts';
import { ask } from '../stage/ask.ts';
import { startServer } from '../stage/server.ts';
import type { PeerKind } from './peer.ts';

const PASSWORD = 'ada-Gz7';
/** It knows sessions by the domain of their cookie, and only of hosts that are on https. */
const DOMAIN = 'example.com';
const APP = `https://dash.${DOMAIN}`;
const PORTAL = `https://auth.${DOMAIN}`;

export interface AutheliaPlace {
  readonly port: number;
  readonly usersFile: string;
  /** Where it keeps what it would send by mail, and its database. */
  readonly folder: string;
}

/**
 * Users in a file, sessions in memory, one factor for everything; what else it could do is off. Keys as its documentation
 * has them for 4.38 and later.
 */
export const configOf = ({ port, usersFile, folder }: AutheliaPlace): string => {
  const secret = (): string => randomBytes(32).toString('hex');
  return `server:
  address: "tcp://127.0.0.1:${port}/"
  endpoints: { authz: { auth-request: { implementation: AuthRequest, authn_strategies: [{ name: CookieSession }] } } }
log: { level: error }
totp: { disable: true }
webauthn: { disable: true }
ntp: { disable_startup_check: true }
authentication_backend:
  password_reset: { disable: true }
  file: { path: "${usersFile}" }
access_control: { default_policy: one_factor }
session:
  secret: "${secret()}"
  cookies: [{ domain: "${DOMAIN}", authelia_url: "${PORTAL}", expiration: 8h, inactivity: 8h }]
storage:
  encryption_key: "${secret()}"
  local: { path: "${folder}/db.sqlite3" }
notifier: { disable_startup_check: true, filesystem: { filename: "${folder}/mail.txt" } }
identity_validation: { reset_password: { jwt_secret: "${secret()}" } }
`;
};

/** @param password - hashed, in PHC format */
export const usersOf = (password: string): string =>
  `users:\n  ada: { disabled: false, displayname: Ada, password: "${password}", email: ada@${DOMAIN}, groups: [] }\n`;

/** As its guide for nginx has it, of requests that came by https. */
export const QUESTION = `
    proxy_set_header X-Original-Method $request_method;
    proxy_set_header X-Original-URL ${APP}$request_uri;
    proxy_set_header X-Forwarded-For $remote_addr;`;

/** With the cookie of somebody who has signed in at its portal. */
export const authelia: PeerKind = {
  name: 'Authelia',
  programs: ['authelia'],
  versionArgs: ['--version'],
  isUntried: true,
  async verify(file, { dir, closing }) {
    const port = await freePort();
    const usersFile = await dir.write('authelia/users.yml', usersOf(await hashArgon2(Buffer.from(PASSWORD))));
    const folder = dir.file('authelia');
    const config = await dir.write('authelia/configuration.yml', configOf({ port, usersFile, folder }));
    const server = closing.use(
      await startServer({ file, args: ['--config', config], log: dir.file('authelia.log'), at: port, cwd: folder }),
    );
    const reply = await ask(`http://127.0.0.1:${port}/api/firstfactor`, {
      headers: {
        'Content-Type': 'application/json',
        Host: new URL(PORTAL).host,
        'X-Forwarded-Host': new URL(PORTAL).host,
        'X-Forwarded-Proto': 'https',
      },
      body: JSON.stringify({ username: 'ada', password: PASSWORD, keepMeLoggedIn: false, targetURL: `${APP}/` }),
    });
    const Cookie = (reply.headers['set-cookie'] ?? [])
      .map((line) => line.split(';', 1)[0] ?? '')
      .find((pair) => pair.startsWith('authelia_session='));
    if (Cookie === undefined) throw new Error(`signing in was answered ${reply.status}`);
    // Also what nginx would say in its own words: for where it is asked without one.
    const headers = { Cookie, 'X-Original-Method': 'GET', 'X-Original-URL': `${APP}/` };
    const uri = '/api/authz/auth-request';
    return { check: `127.0.0.1:${port}`, uri, question: QUESTION, headers, pids: [server.pid] };
  },
};
