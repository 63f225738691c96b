import { hashArgon2 } from '../../src/directories/hash/argon2.ts';
import type { Entry, Scenario } from '../scenario.ts';
import { bare, type Checked, dashgate, directly, limit, peers } from '../stage/checks.ts';
import { PASSWORD, QUESTION, startDashgate } from '../stage/dashgate.ts';
import { type Load, load } from '../stage/load.ts';
import { cycle, sealMany } from '../stage/sessions.ts';

/** More than are kept open, so that none is found again. */
const UNSEEN = 12_000;
const SEEN = 1000;
/** More than can be tried in a run. */
const COLD_USERS = 5000;

const asked = (checked: Checked, more: Partial<Load> = {}): Load => {
  const at = directly(checked);
  return { ...at, ...more, headers: { ...QUESTION, ...at.headers, ...more.headers } };
};

const entry = (name: string, what: Load): Entry => ({ name, measure: (seconds) => load(what, seconds) });

/** The check without nginx in front: what it costs whoever answers. */
export const direct: Scenario = {
  name: 'direct',
  title: 'Verify way: the check asked directly',
  about: 'No nginx between, 50 connections, each request with what nginx would say of it.',
  limit: 'node:http 204',
  async open(stage, closing) {
    const { running, cookie, basic } = await dashgate(stage, closing);
    const addresses = (count: number) =>
      cycle(
        stage.dir,
        'X-Original-URI',
        Array.from({ length: count }, (_none, at) => `/data/${at}?from=${at}`),
      );
    const [seen, unseen] = [await sealMany(running, SEEN), await sealMany(running, UNSEEN)];
    return [
      entry('node:http 204', asked(await bare(stage, closing))),
      entry('nginx’s return 204', asked(await limit(closing))),
      entry('dashgate', asked(cookie)),
      entry('dashgate, warm Basic', asked(basic)),
      entry(
        `dashgate, ${SEEN} sessions in turns`,
        asked({ ...cookie, headers: {} }, { script: await cycle(stage.dir, 'Cookie', seen) }),
      ),
      entry(
        'dashgate, sessions never seen',
        asked({ ...cookie, headers: {} }, { script: await cycle(stage.dir, 'Cookie', unseen) }),
      ),
      entry(`dashgate, ${SEEN} addresses in turns`, asked(cookie, { script: await addresses(SEEN) })),
      entry('dashgate, addresses never asked about', asked(cookie, { script: await addresses(UNSEEN) })),
      ...(await peers(stage, closing)).map((peer) => entry(peer.site.name, asked(peer))),
    ];
  },
};

/** What a password costs that was not seen before, which its hash is made to. */
export const cold: Scenario = {
  name: 'cold',
  title: 'Verify way: Basic, cold and warm',
  about:
    'Right passwords of users who were not there before, hashed with the Argon2id that `dashgate user add` writes; 8 connections, asked directly.',
  limit: 'warm',
  async open(stage, closing) {
    const users = Array.from({ length: COLD_USERS }, (_none, at) => `cold${at}`);
    const hash = await hashArgon2(Buffer.from(PASSWORD));
    const lines = users.map((user) => `  ${user}: { password: "${hash}", allowed_resources: [marketing] }\n`);
    const running = await startDashgate(stage.dir, closing, { users: lines.join('') });
    const basic = (user: string): string => `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}`;
    const what = { url: running.checkUrl, headers: QUESTION, connections: 8, pids: [running.server.pid] };
    return [
      {
        name: 'warm',
        measure: (seconds) => load({ ...what, headers: { ...QUESTION, Authorization: basic('ada') } }, seconds),
      },
      {
        name: 'cold',
        async measure(seconds) {
          const fresh = users.splice(0, Math.min(300 * seconds, users.length / 4));
          return load({ ...what, script: await cycle(stage.dir, 'Authorization', fresh.map(basic)) }, seconds);
        },
      },
    ];
  },
};
