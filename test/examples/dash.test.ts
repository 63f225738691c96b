import { expect, it } from 'vitest';
import { saysWho } from './says-who.ts';

saysWho(
  {
    name: 'dash',
    needs: 'python',
    ready: /Booting worker with pid/,
    forged: { headers: { 'X-Dashgate-User': 'ceo', 'X-Dashgate-Resources': '_all_' } },
    believed: 'ceo',
  },
  (stage) => {
    it.each([
      ['mica', 'mica: _all_'],
      ['mike', 'mike: marketing'],
    ] as const)('tells %s by a callback what they were granted', async (user, answer) => {
      const page = await stage().open(user, '/');
      await page.getByRole('button', { name: 'What may I see?' }).click();
      await page.getByText(answer).waitFor();
      expect(await page.locator('#answer').textContent()).toBe(answer);
    });
  },
);
