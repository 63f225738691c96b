import { expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { needs } from '../support/needs.ts';
import { type OidcStage, startOidcGate } from '../support/oidc-gate.ts';
import { createWalker } from '../support/walker.ts';
import { bothWays, type Way } from '../support/ways.ts';

// tinyauth CVE-2026-33544: one user got another's session, as what belongs to a sign-in was kept where all could reach it.

const NAMES = Array.from({ length: 50 }, (_, i) => `person-${i}`);
const EVERY_MS = 300_000;

const startStage = (way: Way): Promise<OidcStage> => {
  const accounts = Object.fromEntries(NAMES.map((name) => [name, { name: `Name of ${name}`, groups: [name] }]));
  return startOidcGate({
    way,
    provider: { scope: 'openid profile groups', groups_claim: 'groups' },
    oidc: { accounts, refreshes: true },
  });
};
const tokens = ({ oidc }: OidcStage): number => oidc.asked.get('/token') ?? 0;

bothWays('fifty people who sign in at once', (way) => {
  it('are each who they are, also when the provider is asked again about all of them at once', async () => {
    await using stage = await startStage(way);
    const people = NAMES.map((name) => ({ name, walker: createWalker() }));
    const expected = NAMES.map((name) => ({ sub: `corp:${name}`, name: `Name of ${name}`, groups: [name] }));
    const who = async (): Promise<unknown> => {
      const said = await Promise.all(people.map(({ walker }) => stage.who(walker)));
      return said.map(({ sub, name, groups }) => ({ sub, name, groups }));
    };
    const pages = await Promise.all(people.map(({ name, walker }) => stage.signIn(walker, name, `/of-${name}`)));
    expect(pages.map(({ body }) => JSON.parse(body).url)).toEqual(NAMES.map((name) => `/of-${name}`));
    expect(await who()).toEqual(expected);
    const asked = tokens(stage);
    stage.gate.advance(EVERY_MS);
    expect(await who()).toEqual(expected);
    expect(tokens(stage) - asked).toBe(NAMES.length);
    // By the tokens that came with that answer.
    stage.gate.advance(EVERY_MS);
    expect(await who()).toEqual(expected);
    expect(tokens(stage) - asked).toBe(2 * NAMES.length);
  });

  needs('chromium')('ten of them by real browsers', () => {
    it('are each who they are, also after their provider was asked again', async () => {
      await using stage = await startStage(way);
      await using chrome = await browser();
      const [windows, others] = [NAMES.slice(0, 10), NAMES.slice(10)];
      const people = await Promise.all(
        windows.map(async (name) => {
          const page = await (await chrome.newContext()).newPage();
          page.setDefaultTimeout(100_000);
          return { name, page };
        }),
      );
      await Promise.all(
        people.map(async ({ name, page }) => {
          await page.goto(`${stage.gate.origin}/of-${name}`);
          await page.getByRole('link', { name: 'Sign in with Acme' }).click();
          await page.getByLabel('Name').waitFor();
        }),
      );
      // Now all of these are between here and there.
      const walkers = others.map((name) => ({ name, walker: createWalker() }));
      await Promise.all([
        ...people.map(async ({ name, page }) => {
          await page.getByLabel('Name').fill(name);
          await page.getByRole('button', { name: 'Continue' }).click();
          await page.waitForURL(`${stage.gate.origin}/of-${name}`);
        }),
        ...walkers.map(({ name, walker }) => stage.signIn(walker, name, `/of-${name}`)),
      ]);
      const told = (text: string | null): unknown => {
        const { url, headers } = JSON.parse(text ?? '');
        return [url, headers['x-dashgate-user'], headers['x-dashgate-groups']];
      };
      const users = (): Promise<unknown[]> =>
        Promise.all([
          ...people.map(async ({ page }) => told(await page.locator('body').textContent())),
          ...walkers.map(async ({ name, walker }) => told((await walker.go(`${stage.gate.origin}/of-${name}`)).body)),
        ]);
      const expected = NAMES.map((name) => [`/of-${name}`, `corp:${name}`, name]);
      expect(await users()).toEqual(expected);
      const asked = tokens(stage);
      stage.gate.advance(EVERY_MS);
      await Promise.all(people.map(({ page }) => page.reload()));
      expect(await users()).toEqual(expected);
      expect(tokens(stage) - asked).toBe(NAMES.length);
    }, 180_000);
  });
});
