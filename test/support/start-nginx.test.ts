import { expect, it } from 'vitest';
import { curl } from './curl.ts';
import { freePort } from './free-port.ts';
import { needs } from './needs.ts';
import { startNginx } from './start-nginx.ts';

needs('nginx', 'curl')('startNginx and curl', () => {
  it('serves what stands inside http, with files beside it', async () => {
    const port = await freePort();
    await using nginx = await startNginx(
      `server { listen 127.0.0.1:${port}; root .; location = /old { return 302 /page.txt; } add_header Set-Cookie a=1; add_header Set-Cookie b=2; }`,
      { 'page.txt': 'a page' },
    );
    const answer = await curl('-L', `http://127.0.0.1:${port}/old`);
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('a page');
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await nginx.errorLog()).toContain('start worker process');
  });

  it('takes a whole configuration', async () => {
    const port = await freePort();
    await using _nginx = await startNginx(
      `worker_processes 1;\nevents {}\nhttp {\n  access_log off;\n  server { listen 127.0.0.1:${port}; return 204; }\n}\n`,
    );
    expect((await curl(`http://127.0.0.1:${port}/`)).status).toBe(204);
  });

  it('says what nginx says of a wrong configuration', async () => {
    await expect(startNginx('server { listem 80; }')).rejects.toThrow('unknown directive "listem"');
  });

  it('says what curl says when nobody answers', async () => {
    await expect(curl(`http://127.0.0.1:${await freePort()}/`)).rejects.toThrow(/refused|connect/i);
  });
});
