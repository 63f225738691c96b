import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { vi } from 'vitest';

/** The two apps of one company: as tabs of one page, and as pages. */
export const FOLDER = join(import.meta.dirname, '../../examples/auth_iam');

export type Section = 'home' | 'marketing' | 'hr';

/** What only HR has: in its file, in what the app makes of that, and in its ids. */
const HR_TEXTS = ['218,880', '218880', 'Mean salary', 'Payroll', '146 people', '"hr-'];

/** All that a browser gets from one origin, to be looked through for what is not its user's. */
export function collect(page: Page, origin: string): () => Promise<string> {
  const arriving: Promise<string>[] = [];
  page.on('requestfinished', (request) => {
    // What Dash and Plotly ship is the same for everybody, and long.
    if (!request.url().startsWith(origin) || /\/_dash-component-suites\//.test(request.url())) return;
    arriving.push(
      // A page that is closed has no more to say of what it asked last.
      request
        .response()
        .catch(() => null)
        .then(async (response) => {
          const head = Object.entries(response?.headers() ?? {}).flat();
          const body = await response?.body().then(String, () => '');
          return [request.url(), ...head, body].join('\n');
        }),
    );
  });
  return async () => (await Promise.all(arriving)).join('\n');
}

/** @returns what of HR stands in a text */
export async function ofHr(text: string): Promise<string[]> {
  const [, ...rows] = (await readFile(join(FOLDER, 'data/staff.csv'), 'utf8')).trim().split('\n');
  const leads = rows.map((row) => row.split(',').at(-1) ?? '');
  return [...leads, ...HR_TEXTS].filter((canary) => text.toLowerCase().includes(canary.toLowerCase()));
}

const file = async (page: Page, button: Locator): Promise<string> => {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return readFile(await download.path(), 'utf8');
};

/** Uses every widget of the sections that a user may see. @param open - shows a section */
async function use(page: Page, seen: readonly Section[], open: (section: Section) => Promise<void>): Promise<void> {
  await page.locator('#home-section').waitFor();
  await page.locator('#home-count').click();
  await page.locator('#home-counted').getByText('Pressed once').waitFor();
  const glances = await page.locator('#glance .tab').allInnerTexts();
  const all: [Section, string, string][] = [
    ['hr', 'Payroll', 'Payroll a month'],
    ['marketing', 'Leads', 'Leads by channel'],
    ['home', 'Opening hours', 'Open from 9 to 17'],
  ];
  const theirs = all.filter(([section]) => seen.includes(section));
  if (glances.join() !== theirs.map(([, label]) => label).join()) throw new Error(`other tabs: ${glances.join()}`);
  for (const [, label, text] of theirs) {
    await page.locator('#glance .tab').getByText(label, { exact: true }).click();
    await page.locator('#glance-content').getByText(text).waitFor();
  }
  if (seen.includes('marketing')) {
    await open('marketing');
    await page.locator('#marketing-plot .main-svg').first().waitFor();
    await page.locator('#marketing-total').getByText('2,380').waitFor();
    // Dash may draw a page once more while it loads, and has forgotten then what was chosen.
    await vi.waitFor(
      async () => {
        await page.locator('#marketing-channel').click({ timeout: 5000 });
        await page.getByText('newsletter', { exact: true }).last().click({ timeout: 5000 });
        await page.locator('#marketing-total').getByText('1,075').waitFor({ timeout: 10_000 });
      },
      { timeout: 60_000 },
    );
    await page.locator('#marketing-show').click();
    await page.locator('#marketing-table').getByText('Jun').waitFor();
    const leads = await file(page, page.locator('#marketing-export'));
    if (!leads.startsWith('month,search')) throw new Error(`another file: ${leads}`);
  }
  if (seen.includes('hr')) {
    await open('hr');
    await page.locator('#hr-plot .main-svg').first().waitFor();
    await page.locator('#hr-note').getByText('146 people').waitFor();
    await page.locator('#hr-what').getByText('salary').click();
    await page.locator('#hr-note').getByText('Mean salary').waitFor();
    await page.locator('#hr-show').click();
    await page.locator('#hr-table').getByText('Ottoline Brandt').waitFor();
    const staff = await file(page, page.locator('#hr-export'));
    if (!staff.includes('Ottoline Brandt')) throw new Error(`another file: ${staff}`);
  }
  await open('home');
  await page.locator('#home-section').waitFor();
}

const LABELS: Record<Section, string> = { home: 'Home', marketing: 'Marketing', hr: 'HR' };

/** @returns the tabs that there are */
export async function useTabs(page: Page, seen: readonly Section[]): Promise<string[]> {
  const tabs = page.locator('#tabs .tab[id$="-tab"]');
  await use(page, seen, (section) => tabs.getByText(LABELS[section], { exact: true }).click());
  return tabs.allInnerTexts();
}

/** @returns the links that there are */
export async function usePages(page: Page, seen: readonly Section[]): Promise<string[]> {
  const links = page.locator('nav a');
  await use(page, seen, (section) => links.getByText(LABELS[section], { exact: true }).click());
  return links.allInnerTexts();
}
