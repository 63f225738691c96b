import { expect, it } from 'vitest';
import { saysWho } from './says-who.ts';

saysWho(
  {
    name: 'gradio',
    needs: 'dashboards',
    ready: /Uvicorn running on/,
    forged: { headers: { 'X-Forwarded-User': 'ceo', 'X-Dashgate-Resources': '_all_' } },
    believed: 'ceo',
  },
  (stage) => {
    it('tells mike by an event what he was granted', async () => {
      const page = await stage().open('mike', '/');
      await page.getByRole('button', { name: 'What may I see?' }).click();
      await expect.poll(() => page.getByLabel('Granted').inputValue(), { timeout: 30_000 }).toBe('mike: marketing');
    });

    it('lets nobody in who comes without dashgate and says no name', async () => {
      const { status } = await fetch(`${stage().example.upstream}/config`);
      expect(status).toBe(401);
    });
  },
);
