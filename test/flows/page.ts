import type { Page } from 'playwright-core';
import { PASSWORDS, type User } from '../support/gate.ts';

/** Types a name and a password into the login page that is open, and sends it by Enter. */
export async function typeIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Password').press('Enter');
}

/** Opens a page, signs in where that sends the browser, and waits until it is back where it wanted to be. */
export async function openAs(page: Page, user: User, url: string): Promise<void> {
  await page.goto(url);
  await typeIn(page, user, PASSWORDS[user]);
  await page.waitForURL(url);
}

/** What goes wrong in a page from here on: errors of scripts, refused policies, files that did not come. */
export function troubles(page: Page): string[] {
  const seen: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') seen.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => void seen.push(error.message));
  page.on('requestfailed', (request) => {
    // What a page asked for and no longer wants when it is left.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') seen.push(`${request.url()} did not come`);
  });
  return seen;
}
