import { expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { basicOf, type Gate, type GateOptions } from '../support/gate.ts';
import { bothWays, startGateBy, type Way } from '../support/ways.ts';

/** A dashboard that knows no address but its own. */
const answer: GateOptions['answer'] = (request, response) => {
  const port = request.socket.localPort;
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
  const own = searchParams.get('to')?.replaceAll('OWN', `http://127.0.0.1:${port}`) ?? '';
  const told = own.replaceAll('TOLD', `http://${request.headers.host}`);
  response.setHeader('Set-Cookie', [
    `theme=dark; Path=${searchParams.get('path') ?? '/'}; Domain=127.0.0.1; HttpOnly`,
    'plain=1',
  ]);
  if (pathname.endsWith('/refresh')) response.setHeader('Refresh', `5; url=${told}`);
  else if (searchParams.has('to')) response.writeHead(302, { Location: told });
  response.end('x');
};

const start = async (way: Way, app: Record<string, unknown>): Promise<Gate> =>
  startGateBy(way, await freePort(), { answer, apps: [{ name: 'wiki', at: '/wiki/', ...app }] });

const ask = async (gate: Gate, path: string) => {
  const { headers } = await fetch(`${gate.origin}${path}`, {
    ...{ redirect: 'manual', headers: { Authorization: basicOf('mica') } },
  });
  const cookies = headers.getSetCookie().filter((line) => /^(?:theme|plain)=/.test(line));
  return { location: headers.get('location'), refresh: headers.get('refresh'), cookies };
};

const ALL = { location: true, cookie_path: true, cookie_domain: true };
const to = (address: string): string => `?to=${encodeURIComponent(address)}`;

bothWays('addresses in answers', (way) => {
  it('pass as they are, unless it is asked for', async () => {
    await using gate = await start(way, { upstream: '$UPSTREAM/' });
    for (const address of ['/x', 'x', 'http://elsewhere.example/x', '//elsewhere.example/']) {
      const { location, cookies } = await ask(gate, `/wiki/a${to(address)}`);
      expect(location).toBe(address);
      expect(cookies).toEqual(['theme=dark; Path=/; Domain=127.0.0.1; HttpOnly', 'plain=1']);
    }
    expect((await ask(gate, `/wiki/a${to('OWN/x')}`)).location).toBe(`${gate.upstream.url}/x`);
  });

  it('become those that browsers find, where the upstream is at a root', async () => {
    await using gate = await start(way, { upstream: '$UPSTREAM/', rewrite: ALL });
    const cases = [
      ['/x?y=1', '/wiki/x?y=1'],
      ['OWN/x', `${gate.origin}/wiki/x`],
      ['TOLD/x', `${gate.origin}/wiki/x`],
      ['x', 'x'],
      ['http://elsewhere.example/x', 'http://elsewhere.example/x'],
      ['//elsewhere.example/x', '//elsewhere.example/x'],
    ];
    for (const [address = '', expected = ''] of cases) {
      expect([address, (await ask(gate, `/wiki/a${to(address)}`)).location]).toEqual([address, expected]);
      expect((await ask(gate, `/wiki/refresh${to(address)}`)).refresh).toBe(`5; url=${expected}`);
    }
    const { cookies } = await ask(gate, '/wiki/a?path=/deep');
    expect(cookies).toEqual(['theme=dark; Path=/wiki/deep; Domain=127.0.0.1; HttpOnly', 'plain=1']);
  });

  it('become those that browsers find, where the upstream has a path of its own', async () => {
    await using gate = await start(way, { upstream: '$UPSTREAM/app/', rewrite: { location: true, cookie_path: true } });
    const cases = [
      ['/app/x', '/wiki/x'],
      ['/app', '/wiki'],
      ['/app?x', '/wiki?x'],
      ['/apple', '/apple'],
      ['OWN/app/x', `${gate.origin}/wiki/x`],
      ['OWN/x', `${gate.origin}/x`],
      ['TOLD/app/x', `${gate.origin}/wiki/x`],
    ];
    for (const [address = '', expected = ''] of cases)
      expect([address, (await ask(gate, `/wiki/a${to(address)}`)).location]).toEqual([address, expected]);
    const paths = [
      ['/app/x', '/wiki/x'],
      ['/app', '/wiki'],
      ['/apple', '/apple'],
      ['/', '/'],
    ];
    for (const [path = '', expected = ''] of paths) {
      const { cookies } = await ask(gate, `/wiki/a?path=${path}`);
      expect(cookies[0]).toBe(`theme=dark; Path=${expected}; Domain=127.0.0.1; HttpOnly`);
    }
  });

  it('by each key alone, only what it names', async () => {
    await using gate = await start(way, { upstream: '$UPSTREAM/', rewrite: { cookie_path: true } });
    const { location, cookies } = await ask(gate, `/wiki/a${to('/x')}`);
    expect([location, cookies[0]]).toEqual(['/x', 'theme=dark; Path=/wiki/; Domain=127.0.0.1; HttpOnly']);
  });
});
