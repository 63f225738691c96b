import { expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { basicOf, type Gate } from '../support/gate.ts';
import type { PlainResponse } from '../support/parse-response.ts';
import { raw } from '../support/raw.ts';
import { bothWays, startGateBy } from '../support/ways.ts';

/** Ways to write a path below the prefix so that somebody may take it for that, and somebody else for the dashboard's. */
const spelled = (prefix: string): string[] => {
  const [first = '', ...rest] = prefix.slice(1);
  const hidden = `/%${first.charCodeAt(0).toString(16)}${rest.join('')}`;
  const upper = prefix.toUpperCase();
  return [
    ...[`${hidden}/login`, `${hidden.toUpperCase()}/login`, `/%25${hidden.slice(2)}/login`, `${prefix}%2flogin`],
    ...[`/${prefix}/login`, `//${prefix}/login`, `${prefix}//login`, `/x/..${prefix}/login`, `/.${prefix}/login`],
    ...[`/x/%2e%2e${prefix}/login`, `${prefix}/../x`, `${prefix}/%2e%2e/x`, `${prefix}/..;/x`, `${prefix};x/login`],
    ...[`${upper}/login`, upper, `${upper}/auth/nginx`, `${prefix}/auth/nginx`, `${prefix}/auth/refuse`],
    ...[
      `/\\${prefix.slice(1)}/login`,
      `${prefix}\\login`,
      `${prefix}%5clogin`,
      `http://dash.example.com${prefix}/login`,
    ],
    ...[`${prefix}/session%00`, `${prefix}/nowhere`, `${prefix}`, `${prefix}/`, `${prefix}?x`, `${prefix}#/../../x`],
  ];
};

bothWays('nothing below the prefix reaches a dashboard', (way) => {
  it.each(['/_dashgate', '/gate', '/a.b/c~d_e-f'])('%s, however it is spelled', async (prefix) => {
    await using gate = await startGateBy(way, await freePort(), {
      server: { prefix },
      apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM' }],
    });
    for (const path of spelled(prefix)) {
      const answer = await ask(gate, path);
      const seen = gate.upstream.seen.map(({ url }) => url);
      expect([path, seen, isRefused(answer, prefix) && 'refused']).toEqual([path, [], 'refused']);
    }
    // What only begins alike is the dashboard's.
    for (const path of [`${prefix}x/login`, `/x${prefix}/login`]) {
      expect([path, (await ask(gate, path))?.status]).toEqual([path, 200]);
    }
  });

  it('with another prefix the default one is the dashboard’s, and not ours in any spelling', async () => {
    await using gate = await startGateBy(way, await freePort(), {
      server: { prefix: '/gate' },
      apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM' }],
    });
    for (const path of ['/_dashgate/login', '/_DASHGATE/session', '/_dashgate/auth/nginx', '/_dashgate/auth/refuse']) {
      gate.upstream.clear();
      expect([path, (await ask(gate, path, ''))?.status]).toEqual([path, 401]);
      expect(gate.upstream.seen).toEqual([]);
      expect([path, (await ask(gate, path))?.status, gate.upstream.last().url]).toEqual([path, 200, path]);
    }
  });
});

/** Or, by nginx, sent on to the prefix with its slash. */
const isRefused = (answer: PlainResponse | null, prefix: string): boolean =>
  answer === null ||
  [400, 403, 404, 421].includes(answer.status) ||
  (answer.status === 301 && answer.headers.get('location')?.split('?')[0] === `${prefix}/`);

const ask = (gate: Gate, path: string, authorization = `Authorization: ${basicOf('mica')}\r\n`) =>
  raw(
    Number(new URL(gate.origin).port),
    `GET ${path} HTTP/1.1\r\nHost: ${gate.host}\r\n${authorization}Connection: close\r\n\r\n`,
  );
