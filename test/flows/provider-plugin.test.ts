import { chmod, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../support/free-port.ts';
import { startGate } from '../support/gate.ts';
import { type LyingProvider, startLyingProvider } from '../support/lying-provider.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { createWalker } from '../support/walker.ts';
import { dashgate } from './command.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/provider_plugin');

/** A dashgate with a provider by a plug-in; `liar` is where that leads. */
async function startStage(text: string, more: Readonly<Record<string, unknown>> = {}) {
  await using closing = new AsyncDisposableStack();
  const liar = closing.use(await startLyingProvider());
  const port = await freePort();
  const ids = { id: 'staff', type: './plugin.js', issuer: liar.issuer, client_id: 'dashgate' };
  const gate = closing.use(
    await startGate({
      publicUrl: `http://127.0.0.1:${port}`,
      server: { listen: `127.0.0.1:${port}` },
      grants: { groups: { finance: ['hr'] } },
      providers: [{ ...ids, ...more, ...(more.options === null ? {} : { options: { portal: liar.issuer } }) }],
      prepare: async (dir) => void (await dir.write('plugin.js', text)),
    }),
  );
  const all = closing.move();
  const start = `${gate.origin}/_dashgate/oauth/staff/start?return_to=${encodeURIComponent(`${gate.origin}/hr`)}`;
  return { gate, liar, start, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const says = (liar: LyingProvider, me: unknown): void => {
  liar.lies = {
    instead: { '/api/me': (_request, response) => void response.end(JSON.stringify(me)) },
    token: ({ id_token, ...said }) => said,
  };
};

describe('the example', () => {
  it('signs in whom the portal knows, with their groups, and refuses whom allow does not let in', async () => {
    const text = await readFile(join(EXAMPLE, 'staff-portal.js'), 'utf8');
    const { providers } = parse(await readFile(join(EXAMPLE, 'dashgate.yaml'), 'utf8'));
    const { allow, name } = providers[0];
    await using stage = await startStage(text, { allow, name });
    const { gate, liar, start } = stage;
    says(liar, { staff_no: 4711, full_name: 'Mica Öz', mail: 'mica@example.com', units: ['finance'] });
    const walker = createWalker();
    const arrived = await walker.follow(start);
    expect([arrived.status, arrived.url.pathname]).toEqual([200, '/hr']);
    const who = JSON.parse((await walker.go(`${gate.origin}/_dashgate/session`)).body);
    expect(who).toMatchObject({ sub: 'staff:4711', name: 'Mica Öz', groups: ['finance'], allowed_resources: ['hr'] });
    const asked = liar.asked.find(({ path }) => path === '/authorize')?.url.searchParams;
    expect(asked?.get('code_challenge_method')).toBe('S256');

    says(liar, { staff_no: 12, full_name: 'Mallory', mail: 'mallory@evil.example', units: ['finance'] });
    expect((await createWalker().follow(start)).status).toBe(403);
    says(liar, { full_name: 'Nobody' });
    const nobody = await createWalker().follow(start);
    expect([nobody.status, nobody.body]).toEqual([503, expect.stringContaining('Acme staff')]);
    await gate.logged(/staff: its plug-in \(.*plugin\.js\) failed in finish/);
  });

  it('is taken by check as it stands, and says which of its keys is wrong, with the line', async () => {
    await using dir = await tempDir();
    for (const file of ['staff-portal.js', 'dashgate.yaml'])
      await dir.write(file, await readFile(join(EXAMPLE, file), 'utf8'));
    await dir.write('staff.secret', 'secret\n', 0o600);
    expect(await dashgate(['check'], { cwd: dir.path })).toMatchObject({ code: 0, stderr: '' });
    const yaml = await readFile(join(EXAMPLE, 'dashgate.yaml'), 'utf8');
    await dir.write('dashgate.yaml', yaml.replace('portal: https://staff.example.com', 'portal: 7\n      port: 1'));
    const { code, stderr } = await dashgate(['check'], { cwd: dir.path });
    expect(code).toBe(2);
    expect(stderr).toContain('dashgate.yaml:11: providers[0].options.portal: is no address; write where the portal is');
    expect(stderr).toContain('dashgate.yaml:12: providers[0].options.port: there is no such key; known here: portal');
  });
});

const GOOD =
  'export default { interfaceVersion: 1, open: (_entry, { codeFlow }) => codeFlow({ server: { discoveredAt: "http://localhost:1" }, hasIdToken: true }) };\n';
const yamlFor = (type: string, more = ''): string =>
  `apps: [{ name: a, at: /, upstream: "http://127.0.0.1:1" }]\nproviders:\n  - id: corp\n    type: ${type}\n    issuer: http://localhost:1\n    client_id: dashgate\n${more}`;

/** What check says of a configuration with this plug-in. */
async function checked(prepare: (dir: TempDir) => Promise<unknown>, type = './plugin.js', more?: string) {
  await using dir = await tempDir();
  await dir.write('dashgate.yaml', yamlFor(type, more));
  await prepare(dir);
  const { code, stderr } = await dashgate(['check'], { cwd: dir.path });
  return { code, said: stderr };
}

describe('check says of a plug-in', () => {
  it.each<[string, string, string]>([
    ['without a default export', 'export const x = 1;', 'has no default export; write'],
    ['that is a function', 'export default () => {};', 'exports something else than an object'],
    ['without a version', 'export default { open() {} };', 'lacks interfaceVersion; add interfaceVersion: 1'],
    [
      'for another version',
      'export default { interfaceVersion: 2, open() {} };',
      'for another version of the interface than 1',
    ],
    ['without open', 'export default { interfaceVersion: 1 };', 'lacks open; add open(entry, parts)'],
    [
      'that throws while it is loaded',
      'throw new Error("no luck today");',
      'cannot be loaded; correct what it says\n  no luck today',
    ],
    ['that has a mistake in it', 'export default {', 'cannot be loaded; correct what it says\n'],
    [
      'that opens nothing',
      'export default { interfaceVersion: 1, open() {} };',
      'cannot be opened; correct what it says\n  what it opened lacks probe, isDown, begin',
    ],
    [
      'that throws in open',
      'export default { interfaceVersion: 1, open() { throw new Error("no luck") } };',
      'cannot be opened; correct what it says\n  no luck',
    ],
  ])('%s what is missing, and the line', async (_what, text, message) => {
    const { code, said } = await checked((dir) => dir.write('plugin.js', text));
    expect(said).toContain('dashgate: dashgate.yaml:4: providers[0].type: ');
    expect(said).toContain(message);
    expect(code).toBe(2);
  });

  it('that it is not there, as a file or as a package', async () => {
    const nothing = async (): Promise<void> => {};
    expect((await checked(nothing)).said).toMatch(
      /yaml:4: providers\[0\]\.type: \S+\/plugin\.js: there is no such file/,
    );
    const { said } = await checked(nothing, 'dashgate-provider-x');
    expect(said).toMatch(
      /yaml:4: .*dashgate-provider-x: there is no such package for \S+; run "npm install dashgate-provider-x"/,
    );
    expect((await checked(nothing, 'github-x')).said).toContain('providers[0].type: is not known; ');
    expect((await checked(nothing, 'https://evil.example.com/x.js')).said).toContain('is not known; ');
  });

  it('that it takes no options, where it has no read', async () => {
    const { said } = await checked((dir) => dir.write('plugin.js', GOOD), './plugin.js', '    options: { a: 1 }\n');
    expect(said).toMatch(/yaml:7: providers\[0\]\.options: \S+ takes none; remove them/);
  });

  it('nothing where it is a package, also one of a scope, by the file that its package.json names', async () => {
    const inPackage = (name: string, entry: string) => async (dir: TempDir) => {
      await mkdir(dir.file(`node_modules/${name}/lib`), { recursive: true });
      await dir.write(
        `node_modules/${name}/package.json`,
        JSON.stringify({ name, type: 'module', ...JSON.parse(entry) }),
      );
      await dir.write(`node_modules/${name}/lib/main.js`, GOOD);
    };
    for (const entry of [
      '{"main":"lib/main.js"}',
      '{"exports":"./lib/main.js"}',
      '{"exports":{".":{"import":"./lib/main.js"}}}',
    ]) {
      const found = await checked(inPackage('dashgate-provider-x', entry), 'dashgate-provider-x');
      expect([entry, found.code, found.said]).toEqual([entry, 0, '']);
    }
    const scoped = await checked(
      inPackage('@acme/dashgate-provider-x', '{"main":"lib/main.js"}'),
      '"@acme/dashgate-provider-x"',
    );
    expect(scoped).toEqual({ code: 0, said: '' });
    const empty = await checked(
      inPackage('dashgate-provider-x', '{"exports":{"require":"./x.cjs"}}'),
      'dashgate-provider-x',
    );
    expect(empty.said).toContain('names no file that can be imported');
  });

  it('that it is not run from where others could have written it', async () => {
    const { said } = await checked(async (dir) => chmod(await dir.write('plugin.js', GOOD), 0o666));
    expect(said).toMatch(
      /is not run: others may write to \S+plugin\.js \(mode 666\), and so change what is run; chmod go-w /,
    );
    const folder = await checked(async (dir) => {
      await mkdir(dir.file('uploads'));
      await dir.write('uploads/plugin.js', GOOD);
      await chmod(dir.file('uploads'), 0o777);
    }, './uploads/plugin.js');
    expect(folder.said).toMatch(/is not run: others may write to \S+uploads \(mode 777\)/);
    const state = await checked(async (dir) => {
      await mkdir(dir.file('state'), { mode: 0o700 });
      await dir.write('state/plugin.js', GOOD);
    }, './state/plugin.js');
    expect(state.said).toContain('is in ');
    expect(state.said).toContain('where dashgate itself writes');
    const linked = await checked(async (dir) => {
      await mkdir(dir.file('uploads'));
      await chmod(dir.file('uploads'), 0o777);
      await symlink(await dir.write('good.js', GOOD), dir.file('uploads/plugin.js'));
    }, './uploads/plugin.js');
    expect(linked.said).toMatch(/is not run: others may write to \S+uploads \(mode 777\)/);
    expect([folder.code, state.code, linked.code]).toEqual([2, 2, 2]);
  });
});

/** A plug-in that does everything itself, badly: `METHOD` is what it says instead. */
const bad = (method: string): string => `
const who = (sub) => ({ sub, name: 'M', email: '', user: null, groups: [], allowedResources: [], amr: ['fed'], acr: null, authTimeSec: 0, sid: null });
const tokens = { accessToken: null, accessEndsSec: null, refreshToken: null, idToken: null };
export default {
  interfaceVersion: 1,
  open: ({ id }) => ({
    id, name: 'M', issuer: 'x',
    probe: async () => {}, isDown: () => false,
    begin: async ({ state }, back) => new URL(back + '?code=1&state=' + state),
    finish: async () => ({ kind: 'vouched', who: who('staff:1'), tokens, isRechecked: false }),
    renew: async () => ({ kind: 'over' }), revoke: async () => {}, admits: () => true,
    readLogoutToken: async () => ({ kind: 'refused', detail: 'x' }), signOutAt: async () => null,
    ${method}
  }),
};
`;

describe('a plug-in that does everything itself', () => {
  it('signs in by what it says, and out where it says', async () => {
    await using stage = await startStage(bad(''), { options: null });
    const walker = createWalker();
    expect((await walker.follow(stage.start)).status).toBe(403);
    const who = JSON.parse((await walker.go(`${stage.gate.origin}/_dashgate/session`)).body);
    expect(who).toMatchObject({ sub: 'staff:1', groups: [], allowed_resources: [] });
    await walker.go(`${stage.gate.origin}/_dashgate/logout`, {});
    expect((await walker.go(`${stage.gate.origin}/_dashgate/session`)).status).toBe(401);
  });

  it.each([
    ['throws where it sends people', "begin() { throw new Error('luckless') },", 'begin'],
    ['sends people to no address', "begin: async () => 'https://x.example',", 'begin'],
    ['sends people to a script', "begin: async () => new URL('javascript:alert(1)'),", 'begin'],
    ['never says where to send people', 'begin: () => new Promise(() => {}),', 'begin'],
    ['throws at the answer', "finish() { throw new Error('luckless') },", 'finish'],
    ['rejects with something that is no error', 'finish: () => Promise.reject(7),', 'finish'],
    ['never comes back from the answer', 'finish: () => new Promise(() => {}),', 'finish'],
    ['answers nothing', 'finish: async () => undefined,', 'finish'],
    [
      'vouches for a user of a directory',
      "finish: async () => ({ kind: 'vouched', who: who('file:mica'), tokens, isRechecked: false }),",
      'finish',
    ],
    [
      'vouches for somebody of another provider',
      "finish: async () => ({ kind: 'vouched', who: who('staff2:1'), tokens, isRechecked: false }),",
      'finish',
    ],
    [
      'vouches for nobody in particular',
      "finish: async () => ({ kind: 'vouched', who: who('staff:'), tokens, isRechecked: false }),",
      'finish',
    ],
    [
      'calls somebody as a directory would',
      "finish: async () => ({ kind: 'vouched', who: { ...who('staff:1'), user: 'file:mica' }, tokens, isRechecked: false }),",
      'finish',
    ],
    [
      'has more groups than there is room',
      "finish: async () => ({ kind: 'vouched', who: { ...who('staff:1'), groups: Array(9999).fill('group') }, tokens, isRechecked: false }),",
      'finish',
    ],
    [
      'grants what is no resource',
      "finish: async () => ({ kind: 'vouched', who: { ...who('staff:1'), allowedResources: ['No Name'] }, tokens, isRechecked: false }),",
      'finish',
    ],
  ])(
    'and %s is one that does not answer: nobody is signed in, and the log has its name',
    async (_what, method, place) => {
      await using stage = await startStage(bad(method), { options: null, timeout: '500ms' });
      const walker = createWalker();
      const step = await walker.follow(stage.start);
      expect([step.status, step.body]).toEqual([503, expect.stringContaining('does not answer')]);
      expect((await walker.go(`${stage.gate.origin}/_dashgate/session`)).status).toBe(401);
      await stage.gate.logged(new RegExp(`staff: its plug-in \\(\\S*plugin\\.js\\) .*${place}`));
      // Others sign in as ever.
      expect(await stage.gate.signIn('mica')).not.toBe('');
    },
  );

  it('lets nobody in whom allow does not, whatever it says', async () => {
    const method =
      "finish: async () => ({ kind: 'vouched', who: { ...who('staff:1'), email: 'm@other.org' }, tokens, isRechecked: false }),";
    await using stage = await startStage(bad(method), { options: null, allow: { email_domains: ['example.com'] } });
    const walker = createWalker();
    const step = await walker.follow(stage.start);
    expect([step.status, step.body]).toEqual([403, expect.stringContaining('not open to your account')]);
  });

  it('leaves sessions as long as recheck_grace says when it fails to be asked again, and then they wait', async () => {
    const method = `finish: async () => ({ kind: 'vouched', who: who('staff:1'), tokens: { ...tokens, refreshToken: 'r' }, isRechecked: true }),
      renew: () => new Promise(() => {}),`;
    await using stage = await startStage(bad(method), { options: null, timeout: '500ms', recheck_grace: '10m' });
    const walker = createWalker();
    await walker.follow(stage.start);
    const status = async (): Promise<number> => (await walker.go(`${stage.gate.origin}/_dashgate/session`)).status;
    stage.gate.advance(600_000);
    expect(await status()).toBe(200);
    stage.gate.advance(600_000);
    expect(await status()).toBe(503);
  });

  it('gets nobody signed out by failing, and keeps nobody from signing out', async () => {
    const method =
      "signOutAt: () => new Promise(() => {}), isDown() { throw new Error('luckless') }, readLogoutToken: async () => ({ kind: 'end', sub: 'file:mica', sid: null, tokenId: '1', expiresAtSec: 9e9 }),";
    await using stage = await startStage(bad(method), { options: null, timeout: '500ms' });
    const { gate } = stage;
    const mica = await gate.signIn('mica');
    const told = await gate.ask('/_dashgate/oauth/staff/backchannel-logout', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'logout_token=x',
    });
    expect(told.status).toBe(400);
    expect((await gate.ask('/_dashgate/session', { headers: { Cookie: mica } })).status).toBe(200);
    expect((await gate.ask('/_dashgate/login')).status).toBe(200);
    const walker = createWalker();
    await walker.follow(stage.start);
    expect((await walker.follow(`${gate.origin}/_dashgate/logout`, { form: {} })).body).toContain(
      'You have signed out',
    );
    expect((await walker.go(`${gate.origin}/_dashgate/session`)).status).toBe(401);
  });
});
