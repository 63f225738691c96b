import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { troubles } from '../flows/page.ts';
import { collect, ofHr, usePages, useTabs } from '../support/auth-iam.ts';
import { browser } from '../support/browser.ts';
import { curl } from '../support/curl.ts';
import { needs } from '../support/needs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { SERVICES, type Stack, startStack } from './stack.ts';

const BUILD_MS = 15 * 60_000;
const CALLBACK = '/iam/_dash-update-component';
const MICA = ['-u', 'mica:1234'];
const MIKE = ['-u', 'mike:123456'];
const NAVIGATION = ['-H', 'Sec-Fetch-Mode: navigate', '-H', 'Sec-Fetch-Dest: document', '-H', 'Accept: text/html'];

needs(
  'docker',
  'chromium',
  'curl',
)('docker compose up', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  }, BUILD_MS);
  afterAll(() => stack?.[Symbol.asyncDispose](), 120_000);

  const get = (path: string, ...args: string[]) => curl('-k', ...args, stack.https + path);

  async function signIn(page: Page, user: string, password: string): Promise<void> {
    await page.fill('input[name=user]', user);
    await page.fill('input[name=password]', password);
    await page.press('input[name=password]', 'Enter');
  }

  describe('who sees what', () => {
    it.each(['/only/', '/iam/', '/iam/marketing', '/iam/hr', '/tabs/'])('mica sees %s', async (path) => {
      const { status, body } = await get(path, ...MICA);
      expect(status).toBe(200);
      expect(body).toContain('_dash-config');
    });

    it.each([
      ['/only/', 200],
      ['/iam/', 200],
      ['/tabs/', 200],
      ['/iam/marketing', 200],
      ['/iam/hr', 403],
      ['/iam/hr/', 403],
      ['/iam/HR', 403],
      ['/iam/hr/anything', 403],
    ])('mike gets %s: %i', async (path, status) => {
      expect((await get(path, ...MIKE)).status).toBe(status);
    });

    const showTab = (tab: string): string[] => {
      const body = {
        output: 'glance-content.children',
        outputs: { id: 'glance-content', property: 'children' },
        inputs: [{ id: 'glance', property: 'value', value: tab }],
        changedPropIds: ['glance.value'],
      };
      return ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)];
    };
    it.each(['iam', 'tabs'])(
      'mica is shown the payroll by a callback of %s, and mike is not, though it is the same one',
      async (app) => {
        const callback = `/${app}/_dash-update-component`;
        expect((await get(callback, ...MICA, ...showTab('tab-1'))).body).toContain('218,880');
        expect((await get(callback, ...MIKE, ...showTab('tab-2'))).body).toContain('2,380');
        const { status, body } = await get(callback, ...MIKE, ...showTab('tab-1'));
        expect([status, await ofHr(body)]).toEqual([200, []]);
        const drawn = {
          output: '..hr-plot.figure...hr-note.children..',
          outputs: [
            { id: 'hr-plot', property: 'figure' },
            { id: 'hr-note', property: 'children' },
          ],
          inputs: [{ id: 'hr-what', property: 'value', value: 'salary' }],
          state: [{ id: 'hr-store', property: 'data', value: { people: { a: 1 }, salary: { a: 1 } } }],
          changedPropIds: ['hr-what.value'],
        };
        const json = ['-H', 'Content-Type: application/json', '-d', JSON.stringify(drawn)];
        expect((await get(callback, ...MICA, ...json)).body).toContain('Mean salary');
        const refused = await get(callback, ...MIKE, ...json);
        expect([refused.status, await ofHr(refused.body)]).toEqual([403, []]);
        expect(await ofHr((await get(`/${app}/_dash-layout`, ...MIKE)).body)).toEqual([]);
      },
    );

    it.each([
      ['mica', '1234', 'tabs', useTabs, ['Home', 'Marketing', 'HR']],
      ['mike', '123456', 'tabs', useTabs, ['Home', 'Marketing']],
      ['mica', '1234', 'iam', usePages, ['Home', 'Marketing', 'HR', 'Log out']],
      ['mike', '123456', 'iam', usePages, ['Home', 'Marketing', 'Log out']],
    ] as const)(
      '%s (%s) uses every widget of %s, and no byte of HR arrives at who is not of HR',
      async (user, password, app, use, labels) => {
        await using chrome = await browser();
        const context = await chrome.newContext({ ignoreHTTPSErrors: true });
        const page = await context.newPage();
        const seen = troubles(page);
        const arrived = collect(page, stack.https);
        await page.goto(`${stack.https}/${app}/`);
        await signIn(page, user, password);
        const sections = (['home', 'marketing', 'hr'] as const).filter(
          (section) => user === 'mica' || section !== 'hr',
        );
        expect(await use(page, sections)).toEqual(labels);
        expect(seen).toEqual([]);
        const found = await ofHr(await arrived());
        if (user === 'mica') expect(found).toContain('Ottoline Brandt');
        else expect(found).toEqual([]);
      },
      120_000,
    );

    it('who is unknown sees the login page, and nothing else', async () => {
      await using chrome = await browser();
      const page = await (await chrome.newContext({ ignoreHTTPSErrors: true })).newPage();
      const arrived = collect(page, stack.https);
      await page.goto(`${stack.https}/tabs/`);
      await signIn(page, 'mallory', '1234');
      await page.getByRole('alert').waitFor();
      for (const path of ['/tabs/', '/tabs/_dash-layout', '/iam/hr']) await page.request.get(stack.https + path);
      expect(await arrived()).not.toMatch(/_dash-config|home-section/);
    });

    it('nobody sees anything without a session, scripts and figures included', async () => {
      for (const path of [
        '/only/',
        '/iam/',
        '/iam/hr',
        '/tabs/',
        '/tabs/_dash-layout',
        '/only/_dash-layout',
        '/only/assets/style.css',
      ]) {
        expect((await get(path)).status, path).toBe(401);
      }
    });
  });

  it('a Dash callback without a session gets 401 and JSON, not a redirect', async () => {
    const answer = await get(CALLBACK, '-X', 'POST', '-H', 'Content-Type: application/json', '-d', '{}');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(JSON.parse(answer.body)).toHaveProperty('error');
  });

  it('the session cookie is called example_jwt, and is out of reach of scripts and of plain http', async () => {
    const [cookie = ''] = (await get('/iam/', ...MICA)).headers.getSetCookie();
    expect(cookie).toMatch(/^example_jwt=/);
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/']) expect(cookie).toContain(attribute);
  });

  it('plain http leads to https, at the port that was chosen', async () => {
    const answer = await curl(`${stack.http}/iam/marketing?a=1`);
    expect([301, 302, 307, 308]).toContain(answer.status);
    expect(answer.headers.get('location')).toBe(`${stack.https}/iam/marketing?a=1`);
  });

  it('the check is out of reach from outside', async () => {
    for (const path of ['/_dashgate/auth/nginx', '/_dashgate/auth/refuse']) {
      expect((await get(path, ...MICA)).status, path).toBe(404);
    }
  });

  it('in a browser: to the login page, back to the page that was wanted, and out again', async () => {
    await using chrome = await browser();
    const context = await chrome.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    await page.goto(`${stack.https}/iam/marketing`);
    expect(new URL(page.url()).pathname).toBe('/_dashgate/login');

    await signIn(page, 'mike', '123456');
    await page.waitForURL(`${stack.https}/iam/marketing`);
    await page.getByText('Leads in half a year: 2,380').waitFor();

    // No link of his leads there.
    await page.goto(`${stack.https}/iam/hr`);
    await page.getByRole('heading', { name: 'You may not see this page' }).waitFor();
    expect((await page.request.get(`${stack.https}/iam/hr`)).status()).toBe(403);
    expect(await page.locator('#hr-section').count()).toBe(0);

    await page.goto(`${stack.https}/iam/`);
    await page.getByRole('link', { name: 'Log out' }).click();
    await page.getByRole('button').first().click();
    await page.waitForLoadState();
    await page.goto(`${stack.https}/iam/`);
    expect(new URL(page.url()).pathname).toBe('/_dashgate/login');
  });

  it("a dashboard is told who is there by dashgate, whatever the browser's headers say", async () => {
    await using chrome = await browser();
    const forged = { 'X-Dashgate-Name': 'Mallory', 'X-Dashgate-User': 'mallory', 'Remote-User': 'mallory' };
    const context = await chrome.newContext({ ignoreHTTPSErrors: true, extraHTTPHeaders: forged });
    const page = await context.newPage();
    await page.goto(`${stack.https}/iam/`);
    await signIn(page, 'mica', '1234');
    await page.waitForURL(`${stack.https}/iam/`);
    await page.locator('#home-name').waitFor();
    expect(await page.locator('#home-name').textContent()).toBe('Mica');
  });

  it("from inside a dashboard neither the other one, nor dashgate's check or admin listener answers", async () => {
    const addressesOf = async (service: (typeof SERVICES)[number]): Promise<string[]> =>
      Object.values((await stack.inspect(service)).NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
    const here = ['127.0.0.1', ...(await addressesOf('nginx')), 'nginx', 'dashgate'];
    const targets = [
      ...['iam', 'tabs', ...(await addressesOf('iam')), ...(await addressesOf('tabs'))].map((host) => [host, 8050]),
      ...here.flatMap((host) => [8080, 8081, 9180].map((port) => [host, port])),
    ].filter(([host]) => host !== '');
    // nginx itself may be asked, as by anyone: it answers the redirect at 8080, and nothing of dashgate's.
    const script = `
import json, sys, urllib.error, urllib.request
seen = []
for host, port in json.loads(sys.argv[1]):
    for path in ("/healthz", "/_dashgate/auth/nginx", "/iam/", "/iam/_dash-layout"):
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_): return None
        try:
            answer = urllib.request.build_opener(Stay).open(f"http://{host}:{port}{path}", timeout=2)
            seen.append([host, port, path, answer.status])
        except urllib.error.HTTPError as error:
            seen.append([host, port, path, error.code])
        except OSError:
            break
print(json.dumps(seen))`;
    const seen: [string, number, string, number][] = JSON.parse(
      await stack.inside('only', 'python', '-c', script, JSON.stringify(targets)),
    );
    expect(seen.length, 'nginx is within reach, so the others would have been seen').toBeGreaterThan(0);
    expect(seen.filter(([, port]) => port !== 8080)).toEqual([]);
    expect(seen.filter(([, , , status]) => ![307, 421].includes(status))).toEqual([]);
    // dashgate reaches the dashboards whose answers it looks into, and those do not reach it.
    expect(Object.keys((await stack.inspect('dashgate')).NetworkSettings.Networks).toSorted()).toEqual([
      expect.stringMatching(/_iam$/),
      expect.stringMatching(/_tabs$/),
    ]);
    const dashgate = ['dashgate', ...(await addressesOf('dashgate'))].flatMap((host) =>
      [80, 443, 8080, 8081, 9180].map((port) => [host, port]),
    );
    for (const service of ['iam', 'tabs'] as const) {
      expect(JSON.parse(await stack.inside(service, 'python', '-c', script, JSON.stringify(dashgate)))).toEqual([]);
    }
    for (const service of ['only', 'iam', 'tabs'] as const) {
      await expect(stack.inside(service, 'ls', '/run/dashgate')).rejects.toThrow(/No such file/);
    }
  }, 60_000);

  it.each(SERVICES)('%s is confined: not root, no rights, nothing to write but what it needs', async (service) => {
    const { HostConfig, NetworkSettings } = await stack.inspect(service);
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], Privileged: false });
    expect(HostConfig.SecurityOpt).toContain('no-new-privileges:true');
    expect((await stack.inside(service, 'id', '-u')).trim()).not.toBe('0');
    await expect(stack.inside(service, 'touch', '/written')).rejects.toThrow(/Read-only file system/);
    const published = Object.values(NetworkSettings.Ports).flatMap((each) => each ?? []);
    expect(published.map(({ HostIp }) => HostIp)).toEqual(service === 'nginx' ? ['127.0.0.1', '127.0.0.1'] : []);
  });

  it('the image of dashgate has one Node, and no tools of development', async () => {
    const packages = (await stack.inside('dashgate', 'ls', '/app/node_modules')).split('\n');
    expect(packages.filter((name) => /^node-|^typescript$|^vitest$/.test(name))).toEqual([]);
    expect(packages).toContain('@node-rs');
  });

  it('dashgate check takes the example at localhost, and refuses its users anywhere else', async () => {
    expect(await stack.compose('run', '--rm', '-T', 'dashgate', 'check')).toContain('is good');
    const elsewhere = ['-e', 'DASHGATE_SERVER_PUBLIC_URL=https://dash.example.com'];
    const refused = stack.compose('run', '--rm', '-T', ...elsewhere, 'dashgate', 'check');
    await expect(refused).rejects.toThrow(/users\.yaml:\d+: mica has the password of the demo/);
  });

  it('a restart of dashgate logs nobody out; while it is away, that is no call to sign in', async () => {
    await using dir = await tempDir();
    const jar = dir.file('jar');
    await get('/iam/', ...MICA, '-c', jar);
    expect(await readFile(jar, 'utf8')).toContain('example_jwt');
    await stack.compose('stop', 'dashgate');
    const away = await get('/iam/', '-b', jar, ...NAVIGATION);
    expect(away.status).toBe(503);
    await stack.compose('up', '--detach', '--wait', '--no-build', 'dashgate');
    expect((await get('/iam/', '-b', jar)).status).toBe(200);
  }, 90_000);
});
