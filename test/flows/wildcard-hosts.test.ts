import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basicOf, type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { OWN } from '../support/own-paths.ts';
import { SIGN_IN, signInAt } from '../support/several-hosts.ts';
import { createVisitor } from '../support/visitor.ts';

const X = 'https://x.dash.example.com';
const Y = 'https://y-2.dash.example.com';

const seen = (body: string): Record<string, string> => JSON.parse(body).headers;

describe('an app at every host of one label', () => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startGate({
      publicUrl: SIGN_IN,
      apps: [
        { name: 'home', at: `${SIGN_IN}/`, upstream: '$UPSTREAM' },
        { name: 'tenants', at: 'https://*.dash.example.com/', upstream: '$UPSTREAM', login_path: '/in' },
        { name: 'own', at: 'https://own.dash.example.com/app/', upstream: '$UPSTREAM', resource: 'hr' },
      ],
    });
  });
  afterAll(() => gate[Symbol.asyncDispose]());

  it('is signed in to where people sign in, once for all, and each host has a cookie of its own', async () => {
    const mica = createVisitor(gate);
    const { way, answer } = await signInAt(mica, 'mica', `${X}/report?y=1`);
    expect(answer.status).toBe(200);
    expect(way.at(-1)).toBe(`${X}/report?y=1`);
    expect(seen(answer.body)).toMatchObject({
      ...{ host: 'x.dash.example.com', 'x-forwarded-host': 'x.dash.example.com', 'x-dashgate-user': 'mica' },
    });
    const second = await mica.visit(`${Y}/`);
    expect([second.answer.status, second.way.length]).toEqual([200, 5]);
    const cookies = ['dash.example.com', 'x.dash.example.com', 'y-2.dash.example.com'].map((host) =>
      mica.jar.get(host)?.get('__Host-dashgate'),
    );
    expect(new Set(cookies).size).toBe(3);
    // What was given to one host is of no use at another.
    const stolen = { Host: 'y-2.dash.example.com', Cookie: `__Host-dashgate=${cookies[1]}` };
    expect((await gate.ask('/', { headers: stolen })).status).toBe(401);
    const out = await mica.visit(`${Y}${OWN.logout}`, { sent: 'x' });
    expect(out.answer.body).toContain('also at the other addresses');
    expect((await mica.visit(`${X}/`)).way.at(-1)).toContain(`${SIGN_IN}${OWN.login}?return_to=`);
  });

  it('has its pages at each host, where a form takes the Origin of that host and no other', async () => {
    const nora = createVisitor(gate);
    await signInAt(nora, 'nora', `${X}/`);
    expect(JSON.parse((await nora.ask(`${X}${OWN.session}`)).body)).toMatchObject({ user: 'nora' });
    const post = (path: string, origin: string) =>
      nora.ask(`${X}${path}`, { a: 'b' }, { Origin: origin, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' });
    expect((await post('/save', X)).status).toBe(200);
    for (const origin of [Y, SIGN_IN, 'https://*.dash.example.com', 'null', 'https://x.dash.example.com.'])
      expect([origin, (await post('/save', origin)).status]).toEqual([origin, 403]);
    const redirect = await gate.ask('/in', { headers: { Host: 'x.dash.example.com' } });
    expect(redirect.headers.get('location')).toBe(`${X}${OWN.login}?return_to=%2F`);
  });

  it('leaves a host that is named by itself alone, also where nothing is', async () => {
    const headers = { Host: 'own.dash.example.com', Authorization: basicOf('hanna') };
    expect((await gate.ask('/app/x', { headers })).status).toBe(200);
    expect((await gate.ask('/x', { headers })).status).toBe(404);
    expect((await gate.ask('/app/x', { headers: { ...headers, Authorization: basicOf('mike') } })).status).toBe(403);
    const verify = (app: string) => gate.verify('/x', { app, headers: { 'X-Forwarded-Host': headers.Host } });
    expect((await verify('tenants')).headers.get('x-dashgate-reason')).toBe('app-mismatch');
  });

  it('is judged alike where a front asks, by the host that it says', async () => {
    const headers = { 'X-Forwarded-Host': 'x.dash.example.com', Authorization: basicOf('mica') };
    expect((await gate.verify('/x', { app: 'tenants', headers })).status).toBe(200);
    expect((await gate.verify('/x', { app: 'home', headers })).headers.get('x-dashgate-reason')).toBe('app-mismatch');
    const stranger = await gate.verify('/x', { app: 'tenants', headers: { 'X-Forwarded-Host': 'x.dash.example.com' } });
    expect(stranger.headers.get('x-dashgate-login')).toContain(`${X}${OWN.login}?return_to=`);
  });

  it('a program that signs in at such a host gets the cookie of that host', async () => {
    const answer = await gate.ask(OWN.login, {
      method: 'POST',
      headers: { Host: 'x.dash.example.com', 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: 'mica', password: PASSWORDS.mica }),
    });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body).return_to).toBe(`${X}${OWN.login}`);
  });
});
