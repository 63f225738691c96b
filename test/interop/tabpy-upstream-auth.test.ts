import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { startTabpy, type Tabpy } from '../support/start-tabpy.ts';
import { as, PASSWORDS, startTabpyChain, type TabpyChain, type Way } from './tabpy-chain.ts';

const SERVICE = 'service-Kw8';

/** Queries a model from a script: TabPy calls itself, with the headers that it was called with. */
const CALL = { data: { _arg1: [5] }, script: 'return tabpy.query("double", _arg1)["response"]' };
const DEPLOY = (origin: string, user: string, password: string) => ({
  data: {},
  script: [
    'from tabpy.tabpy_tools.client import Client',
    `client = Client("${origin}/")`,
    ...(user === '' ? [] : [`client.set_credentials(${JSON.stringify(user)}, ${JSON.stringify(password)})`]),
    'client.deploy("double", lambda values: [2 * value for value in values], "", override=True)',
  ].join('\n'),
});

needs(
  'python',
  'nginx',
  'curl',
)('what TabPy gets as Authorization', () => {
  let own: Tabpy;
  let service: Tabpy;
  let open: Tabpy;
  beforeAll(async () => {
    [own, service, open] = await Promise.all([
      startTabpy({ passwords: { mica: PASSWORDS.mica } }),
      startTabpy({ passwords: { dashgate: SERVICE } }),
      startTabpy(),
    ]);
  }, 90_000);
  afterAll(() => Promise.all([own, service, open].map((each) => each?.[Symbol.asyncDispose]())));

  describe.each<Way>(['proxy', 'nginx'])('by the way of %s', (way) => {
    const start = (app: string): Promise<TabpyChain> => startTabpyChain(way, app, { password: `${SERVICE}\n` });

    const showsAll = async (chain: TabpyChain, deploy: object): Promise<void> => {
      const deployed = await chain.post('/evaluate', deploy, ...as('mica'));
      expect({ status: deployed.status, body: deployed.body }).toEqual({ status: 200, body: 'null' });
      const { status, body } = await chain.post('/evaluate', CALL, ...as('mica'));
      expect({ status, body }).toEqual({ status: 200, body: '[10]' });
      const { authentication } = JSON.parse((await chain.ask('/info', ...as('mica'))).body).versions.v1.features;
      expect(authentication).toEqual({ required: true, methods: { 'basic-auth': {} } });
      expect((await chain.post('/evaluate', CALL)).status).toBe(401);
      for (const secret of [PASSWORDS.mica, SERVICE, Buffer.from(`dashgate:${SERVICE}`).toString('base64')]) {
        expect(chain.logged()).not.toContain(secret);
      }
    };

    it('none: the password ends here, and TabPy is open on loopback', async () => {
      await using chain = await start(`upstream: "${open.origin}"`);
      await showsAll(chain, DEPLOY(open.origin, '', ''));
      const script = 'return ["none"]';
      expect((await chain.post('/evaluate', { data: {}, script }, ...as('nora'))).body).toBe('["none"]');
    });

    it('own: the client’s goes on, and TabPy looks at it once more', async () => {
      await using chain = await start(`upstream: "${own.origin}", upstream_auth: own`);
      await showsAll(chain, DEPLOY(own.origin, 'mica', PASSWORDS.mica));
      const theirs = await chain.post('/evaluate', CALL, ...as('nora'));
      expect(theirs.status).toBe(401);
      expect(JSON.parse(theirs.body).info).toBe('Unauthorized request.');
      // To the letter what dashgate says in its place.
      const ours = await chain.post('/evaluate', CALL);
      expect({ status: ours.status, body: ours.body }).toEqual({ status: 401, body: theirs.body });
      for (const name of ['www-authenticate', 'content-type'])
        expect(ours.headers.get(name), name).toBe(theirs.headers.get(name));
    });

    it('fixed: a service credential from a file, in place of whatever the client sent', async () => {
      await using chain = await start(
        `upstream: "${service.origin}", upstream_auth: fixed, upstream_credentials: { user: dashgate, password_file: "$DIR/password" }`,
      );
      await showsAll(chain, DEPLOY(service.origin, 'dashgate', SERVICE));
      const { body } = await chain.post('/evaluate', CALL, ...as('nora'));
      expect(body).toBe('[10]');
    });
  });
});
