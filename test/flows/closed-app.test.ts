import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basicOf, type Gate, startGate, type User } from '../support/gate.ts';

const RESOURCES = [
  { resource: 'hr', paths: ['/hr', '/hr/**'] },
  { resource: 'marketing', paths: ['/marketing/**'], methods: ['GET'] },
];

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    grants: { users: { nora: ['closed/_all_'] } },
    apps: [
      { name: 'closed', at: '/', upstream: '$UPSTREAM', resources: RESOURCES, open: ['/', '/static/**'] },
      { name: 'dash', at: '/dash/', kind: 'dash', upstream: '$UPSTREAM', resources: RESOURCES },
      { name: 'tabpy', at: '/tabpy/', kind: 'tabpy', upstream: '$UPSTREAM/', resources: RESOURCES },
      { name: 'whole', at: '/whole/', upstream: '$UPSTREAM', resource: 'marketing', resources: RESOURCES },
    ],
  });
});
afterAll(() => gate[Symbol.asyncDispose]());

const USERS: readonly User[] = ['mica', 'mike', 'hanna', 'nora'];
/** Who is let in, by the proxy way and as nginx asks. */
async function admitted(path: string, method = 'GET'): Promise<string> {
  const letIn: string[] = [];
  for (const user of USERS) {
    const headers = { Authorization: basicOf(user) };
    const app = /^\/(dash|tabpy|whole)\//.exec(path)?.[1] ?? 'closed';
    const asked = await gate.verify(path, { app, headers: { ...headers, 'X-Original-Method': method } });
    const answer = await gate.ask(path, { method, headers });
    expect(asked.status, `${user} ${path}`).toBe(answer.status === 200 ? 200 : 403);
    if (answer.status === 200) letIn.push(user);
    else expect([403, 502]).toContain(answer.status);
  }
  return letIn.join(' ');
}

describe('an app that names resources', () => {
  it.each([
    ['GET', '/', 'mica mike hanna nora'],
    ['GET', '/static/a/b.css', 'mica mike hanna nora'],
    ['GET', '/hr', 'mica hanna nora'],
    ['GET', '/marketing/x', 'mica mike nora'],
    ['HEAD', '/marketing/x', 'mica mike nora'],
    ['POST', '/marketing/x', 'mica nora'],
    ['GET', '/elsewhere', 'mica nora'],
    ['GET', '/Static/a', 'mica nora'],
    ['GET', '/marketing', 'mica mike nora'],
    ['GET', '/_dash-layout', 'mica nora'],
  ])('%s %s: %s', async (method, path, who) => {
    expect(await admitted(path, method)).toBe(who);
  });

  it('says that nothing names the address, not that a resource is missing', async () => {
    const answer = await gate.ask('/elsewhere', { headers: { Authorization: basicOf('mike') } });
    expect(JSON.parse(answer.body)).toMatchObject({ reason: 'path-not-named', missing: ['_all_'] });
    const asked = await gate.verify('/elsewhere', { headers: { Authorization: basicOf('mike') }, app: 'closed' });
    expect(asked.headers.get('x-dashgate-reason')).toBe('path-not-named');
    await gate.logged(/"refused".*file:mike.*GET closed \/elsewhere.*path-not-named/);
  });

  it('of a kind has what all its pages need for whoever has one of them, and nobody else', async () => {
    for (const path of ['/dash/_dash-layout', '/dash/assets/style.css', '/dash/_dash-component-suites/dash/x.js'])
      expect(await admitted(path), path).toBe('mica mike hanna');
    for (const path of ['/dash/', '/dash/assets', '/dash/_dash-layout/x', '/dash/x/_dash-layout', '/dash/_mcp'])
      expect(await admitted(path), path).toBe('mica');
    // What opens is taken to the letter.
    for (const path of ['/dash/_DASH-LAYOUT', '/dash/_dash-layout/', '/dash/Assets/style.css', '/dash/_dash-layout.'])
      expect(await admitted(path), path).toBe('mica');
    expect(await admitted('/tabpy/status')).toBe('mica mike hanna');
    expect(await admitted('/tabpy/evaluate', 'POST')).toBe('mica');
  });

  it('with a resource of its own gives the rest to those who have that', async () => {
    expect(await admitted('/whole/elsewhere')).toBe('mica mike');
    expect(await admitted('/whole/hr')).toBe('mica');
  });
});
