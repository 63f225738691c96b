import { expect, it } from 'vitest';
import { basicOf, startGate } from '../support/gate.ts';

const apps = [
  { name: 'sales', at: '/', kind: 'dash', upstream: '$UPSTREAM', sections: true, public: ['/robots.txt'] },
  { name: 'wiki', at: '/wiki/', upstream: '$UPSTREAM' },
];

it.each([
  ['mike', '/', 403],
  ['mike', '/_dash-layout', 403],
  ['mike', '/robots.txt', 403],
  ['mica', '/_dash-layout', 200],
  ['mike', '/wiki/', 200],
] as const)('a front that forwards by itself is told for %s at %s: %i', async (user, path, status) => {
  await using gate = await startGate({ apps });
  const app = path.startsWith('/wiki') ? 'wiki' : 'sales';
  const answer = await gate.verify(path, { app, headers: { Authorization: basicOf(user) } });
  expect(answer.status).toBe(status);
});

it('grants that change in the users file make a section of a name at once', async () => {
  const layout = {
    props: { children: [{ props: { id: 'lab-plot', children: 'secret' }, type: 'Div', namespace: 'd' }] },
    type: 'Div',
    namespace: 'd',
  };
  await using gate = await startGate({
    apps,
    answer: (_request, response) =>
      void response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(layout)),
  });
  const ask = () => gate.ask('/_dash-layout', { headers: { Authorization: basicOf('mike') } });
  expect((await ask()).body).toContain('secret');
  await gate.reconfigure({ grants: { users: { hanna: ['sales/lab'] } } });
  expect((await ask()).body).not.toContain('secret');
  await gate.reconfigure({ grants: { users: { mike: ['sales/lab'] } } });
  expect((await ask()).body).toContain('secret');
});
