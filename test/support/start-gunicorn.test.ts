import { expect, it } from 'vitest';
import { browser } from './browser.ts';
import { needs } from './needs.ts';
import { startGunicorn } from './start-gunicorn.ts';
import { tempDir } from './temp-dir.ts';

const app = `
import os
from dash import Dash, html
dash = Dash(__name__)
dash.layout = html.H1("Hello " + os.environ["WHO"], id="greeting")
server = dash.server
`;

needs('python')('startGunicorn', () => {
  it('says why an app does not start', async () => {
    await using dir = await tempDir();
    await dir.write('app.py', 'import there_is_no_such_module\n');
    await expect(startGunicorn(dir.path)).rejects.toThrow('there_is_no_such_module');
  });
});

needs('python', 'chromium')('startGunicorn and browser', () => {
  it('shows a real dashboard in a real browser, under any name that a test gives it', async () => {
    await using dir = await tempDir();
    await dir.write('app.py', app);
    await using dashboard = await startGunicorn(dir.path, { WHO: 'Mica' });
    await using chrome = await browser(['dash.example.com']);
    const page = await chrome.newPage();
    await page.goto(`http://dash.example.com:${dashboard.port}/`);
    expect(await page.locator('#greeting').textContent()).toBe('Hello Mica');
    await expect(page.goto('http://elsewhere.example.com/')).rejects.toThrow('ERR_NAME_NOT_RESOLVED');
  });
});
