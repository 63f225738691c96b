import type { BrowserContext, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { PASSWORDS, type User } from '../support/gate.ts';
import { typeIn } from './page.ts';

/** The notice keeps its root to itself: for the tests, pages opened from here on show it. */
export async function showRoots(context: BrowserContext): Promise<void> {
  await context.addInitScript(`
    const { attachShadow } = Element.prototype;
    Element.prototype.attachShadow = function (how) { return attachShadow.call(this, { ...how, mode: 'open' }); };
  `);
}

export const noticeOf = (page: Page): Locator => page.locator('dashgate-notice').getByRole('alertdialog');

/** Ends the session of a browser on the server, as a sign-out in another window does. */
export async function endSession(context: BrowserContext, origin: string): Promise<void> {
  const answer = await context.request.post(`${origin}/_dashgate/logout`, {
    headers: { 'Content-Type': 'application/json' },
    data: '{}',
  });
  expect(answer.status()).toBe(200);
}

/** Signs in by the notice of a page, in the window that opens, and waits until that has closed itself. */
export async function signInAgain(page: Page, user: User, password: string = PASSWORDS[user]): Promise<void> {
  const opening = page.context().waitForEvent('page');
  await noticeOf(page).getByRole('link', { name: 'Sign in again' }).click();
  const beside = await opening;
  const closed = beside.waitForEvent('close');
  await typeIn(beside, user, password);
  await closed;
}
