import { expect, it } from 'vitest';
import { curl } from '../support/curl.ts';
import { inChromium, says } from './in-chromium.ts';

inChromium({ name: 'tabpy', needs: 'python', ready: /Web service listening on port/ }, (stage) => {
  /** What TabPy writes about a call, once it has. */
  const logs = (call: string, user: string) =>
    stage().example.app.printed(new RegExp(`${call},.* Tableau user: ${user}\\b`));

  it('shows mica its page with what it is and has, and logs that she asked', async () => {
    const page = await stage().open('mica', '/', '/_dashgate/login?return_to=/');
    await says(page, 'Version 2.16.0');
    await says(page, 'Authentication required');
    await logs('Method: GET, URL: \\S+/info', 'mica');
  });

  it('shows it as well to who answers the browser’s own question for a password', async () => {
    const httpCredentials = { username: 'mike', password: '123456' };
    const page = await stage().browse({ httpCredentials });
    await page.goto(stage().example.origin);
    await says(page, 'Version 2.16.0');
    await logs('Method: GET, URL: \\S+/info', 'mike');
  });

  it('logs for each call of its own client whose it is', async () => {
    const client = await stage().example.run('.venv/bin/python client.py');
    const { code } = await client.ended;
    expect({ code, said: client.stdout() }).toMatchObject({
      code: 0,
      said: expect.stringContaining('Forecast: [2, 4]'),
    });
    await logs('Method: POST, URL: \\S+/endpoints', 'mica');
    await logs('Method: POST, URL: \\S+/query/forecast', 'mike');
  });

  it('logs mike, whoever he says that he is', async () => {
    const { origin, app, upstream } = stage().example;
    const forged = ['-H', 'TabPy-User: ceo', '-H', 'TabPy_User: ceo'];
    const answer = await curl('-u', 'mike:123456', ...forged, `${origin}/status`);
    expect(answer.status).toBe(200);
    await logs('Method: GET, URL: \\S+/status', 'mike');
    expect(app.output()).not.toContain('ceo');
    // Its own port believes everybody.
    await curl(...forged, `${upstream}/status`);
    await logs('Method: GET, URL: \\S+/status', 'ceo');
  });

  it('refuses mike what he was not granted', async () => {
    const { origin } = stage().example;
    const script = ['-d', '{"data":{},"script":"return 1"}', `${origin}/evaluate`];
    expect((await curl('-u', 'mike:123456', ...script)).status).toBe(403);
    expect((await curl('-u', 'mica:1234', ...script)).status).toBe(200);
  });
});
