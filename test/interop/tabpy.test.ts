import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { startTabpy, type Tabpy } from '../support/start-tabpy.ts';
import { tempDir } from '../support/temp-dir.ts';
import { as, PASSWORDS, startTabpyChain, type TabpyChain, type Way } from './tabpy-chain.ts';

const UNAUTHORIZED = '{"message": "Invalid credentials provided.", "info": "Unauthorized request."}';
const SUM = {
  data: { _arg1: [1, 2, 3], _arg2: [3, -1, 5] },
  script: 'return [x + y for x, y in zip(_arg1, _arg2)]',
};

/** The API of TabPy 2.16, call by call. */
const CALLS: readonly [method: string, path: string][] = [
  ['GET', '/info'],
  ['GET', '/status'],
  ['GET', '/endpoints'],
  ['GET', '/endpoints/double'],
  ['GET', '/configurations/endpoint_upload_destination'],
  ['POST', '/endpoints'],
  ['PUT', '/endpoints/double'],
  ['DELETE', '/endpoints/double'],
  ['GET', '/query/double'],
  ['POST', '/query/double'],
  ['POST', '/evaluate'],
];

needs(
  'python',
  'nginx',
  'curl',
)('TabPy', () => {
  let tabpy: Tabpy;
  beforeAll(async () => {
    tabpy = await startTabpy();
  });
  afterAll(() => tabpy[Symbol.asyncDispose]());

  describe.each<Way>(['proxy', 'nginx'])('by the way of %s', (way) => {
    let chain: TabpyChain;
    beforeAll(async () => {
      chain = await startTabpyChain(
        way,
        `upstream: "${tabpy.origin}", resources: [
          { resource: models, paths: [/query/double] }, { resource: pay, paths: [/query/quadruple] },
          { resource: scripts, paths: [/evaluate] }, { resource: deploy, paths: [/endpoints/**, /configurations/**] } ]`,
      );
      const client = join(import.meta.dirname, 'tabpy-client.py');
      const args = [client, chain.url, 'mica', PASSWORDS.mica];
      const { stdout } = await promisify(execFile)(program('python'), args);
      expect(stdout.split('\n')).toEqual([
        "['double', 'my model', 'quadruple', 'triple']",
        '[2, 4]',
        '[4, 8]',
        '[3, 6]',
        '[2, 4]',
        "['double', 'quadruple', 'triple']",
        '',
      ]);
    }, 90_000);
    afterAll(() => chain[Symbol.asyncDispose]());

    it.each(CALLS)('%s %s without or with a wrong password: 401 in TabPy’s own words', async (method, path) => {
      const browser = ['-H', 'Accept: text/html', '-H', 'Sec-Fetch-Mode: navigate', '-H', 'Sec-Fetch-Dest: document'];
      const bad = ['-H', 'Authorization: Basic !!!'];
      for (const args of [[], bad, browser, ['-u', `nobody-${method}-${path.length}:x`]]) {
        const { status, headers, body } = await chain.ask(path, '-X', method, ...args);
        expect({ status, body }, args.join(' ')).toEqual({ status: 401, body: UNAUTHORIZED });
        expect(headers.get('www-authenticate')).toBe('Basic realm="TabPy Server"');
        expect(headers.get('content-type')).toBe('application/json');
      }
    });

    it('a known user with a wrong password is told just the same', async () => {
      const { status, body } = await chain.ask('/info', '-u', 'mica:wrong');
      expect({ status, body }).toEqual({ status: 401, body: UNAUTHORIZED });
    });

    it('the calls of the Postman collection', async () => {
      const info = JSON.parse((await chain.ask('/info', ...as('mica'))).body);
      expect(Object.keys(info).sort()).toEqual(
        ['creation_time', 'description', 'name', 'server_version', 'state_path', 'versions'].sort(),
      );
      expect(info).toMatchObject({ name: 'TabPy Server', server_version: '2.16.0' });
      const tableau = ['-H', 'TabPy-Client: Tableau', '-H', 'TabPy-User: somebody'];
      expect((await chain.post('/evaluate', SUM, ...as('mica'), ...tableau)).body).toBe('[4, 1, 8]');
      expect(JSON.parse((await chain.ask('/status', ...as('mica'))).body)).toMatchObject({ double: {} });
      expect(JSON.parse((await chain.ask('/endpoints', ...as('mica'))).body)).toHaveProperty('double');
      const answer = await chain.post('/query/double', { data: [[1, 2]] }, ...as('mica'));
      expect(JSON.parse(answer.body)).toMatchObject({ response: [2, 4], model: 'double' });
      expect(JSON.parse((await chain.ask('/endpoints/double', ...as('mica'))).body)).toMatchObject({ type: 'model' });
    });

    it('/info says that a password is needed, though the TabPy behind needs none', async () => {
      const { status, headers, body } = await chain.ask('/info', ...as('mike'));
      expect(status).toBe(200);
      // Who has been granted none of the app's resources has nothing to look for there.
      expect((await chain.ask('/info', ...as('nora'))).status).toBe(403);
      expect(JSON.parse(body).versions).toEqual({
        v1: {
          features: {
            authentication: { required: true, methods: { 'basic-auth': {} } },
            evaluate_enabled: true,
            gzip_enabled: true,
            arrow_enabled: false,
          },
        },
      });
      expect(Number(headers.get('content-length'))).toBe(Buffer.byteLength(body));
      // Compressed, cached or in part it could not be changed, so it is not asked for so.
      const args = ['--compressed', '-H', 'If-None-Match: *', '-H', 'Range: bytes=0-9'];
      const again = await chain.ask('/info', ...as('mike'), ...args);
      expect({ status: again.status, body: again.body }).toEqual({ status: 200, body });
      expect(again.headers.get('etag')).toBeNull();
    });

    it('its page and its pictures are open, other files are not', async () => {
      for (const path of ['/', '/index.html', '/tableau.png']) expect((await chain.ask(path)).status, path).toBe(200);
      expect((await chain.ask('/secret.txt')).status).toBe(401);
      expect((await chain.ask('/', '-X', 'POST')).status).toBe(401);
      expect((await chain.ask('/secret.txt', ...as('mike'))).status).toBe(403);
      expect((await chain.ask('/secret.txt', ...as('mica'))).status).toBe(404);
    });

    it('OPTIONS needs no password but for a query, and where a rule guards the path', async () => {
      for (const path of ['/info', '/status']) {
        const { status, body } = await chain.ask(path, '-X', 'OPTIONS');
        expect({ status, body }, path).toEqual({ status: 200, body: '{}' });
      }
      for (const path of ['/query/other', '/query/double', '/evaluate', '/endpoints']) {
        expect((await chain.ask(path, '-X', 'OPTIONS')).status, path).toBe(401);
      }
    });

    it('TabPy’s own refusals pass as they are', async () => {
      expect((await chain.ask('/info', '-X', 'DELETE', ...as('mica'))).status).toBe(405);
      expect((await chain.ask('/evaluate', '-I', ...as('mica'))).status).toBe(405);
      const broken = await chain.post('/evaluate', { data: {}, script: 'return nothing' }, ...as('mica'));
      expect(broken.status).toBe(500);
      expect(JSON.parse(broken.body).message).toBe('Error processing script');
      const unknown = await chain.post('/query/nowhere', { data: [] }, ...as('mica'));
      expect(unknown.status).toBe(404);
    });

    it.each([
      ['mike', '/query/double', 200],
      ['mike', '/query/quadruple', 403],
      ['mike', '/query/Quadruple', 403],
      ['mike', '/evaluate', 403],
      ['mike', '/endpoints/double', 403],
      ['nora', '/query/double', 403],
      ['mica', '/query/quadruple', 200],
    ] as const)('%s asks for %s: %i', async (user, path, wanted) => {
      const { status, body } = await chain.post(path, { data: [[1]] }, ...as(user));
      expect(status).toBe(wanted);
      if (wanted === 403) {
        const info = 'Forbidden request.';
        expect(JSON.parse(body)).toEqual({ message: 'You have not been granted what this needs.', info });
      }
    });

    it('a script may query a model, and sends what came along, without a password', async () => {
      const script = 'return tabpy.query("quadruple", _arg1)["response"]';
      const { status, body } = await chain.post('/evaluate', { data: { _arg1: [5] }, script }, ...as('mica'));
      expect({ status, body }).toEqual({ status: 200, body: '[20]' });
    });

    it('a script of many megabytes and a compressed one arrive, and a compressed answer comes back', async () => {
      await using dir = await tempDir();
      const long = { data: { _arg1: Array.from({ length: 400_000 }, (_, i) => i) }, script: 'return [sum(_arg1)]' };
      const plain = await dir.write('long.json', JSON.stringify(long));
      const packed = await dir.write('long.json.gz', gzipSync(JSON.stringify(long)));
      const send = ['-H', 'Content-Type: application/json', ...as('mica')];
      expect((await chain.ask('/evaluate', '--data-binary', `@${plain}`, ...send)).body).toBe('[79999800000]');
      const gzip = await chain.ask('/evaluate', '-H', 'Content-Encoding: gzip', '--data-binary', `@${packed}`, ...send);
      expect(gzip.body).toBe('[79999800000]');
      const script = 'return ["x" * 5000]';
      const back = await chain.post('/evaluate', { data: {}, script }, ...as('mica'), '--compressed');
      expect(back.headers.get('content-encoding')).toBe('gzip');
      expect(JSON.parse(back.body)[0]).toHaveLength(5000);
    });

    it('no password is in the log', () => {
      for (const password of Object.values(PASSWORDS)) {
        expect(chain.logged()).not.toContain(password);
        expect(chain.logged()).not.toContain(Buffer.from(`mica:${password}`).toString('base64'));
      }
    });
  });
});
