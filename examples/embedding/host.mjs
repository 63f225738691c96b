// A page of another application that shows a dashboard to its own signed-in user. It needs Node and nothing else:
//
//   DASHBOARD=https://dash.example.com/sales/ CLIENT_ID=… SECRET_ID=… SECRET=… node host.mjs

import { createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const { DASHBOARD, CLIENT_ID, SECRET_ID, SECRET, PORT = '3000' } = process.env;

/** In your application: who is signed in to it, by its own session. */
const userOf = (_request) => 'alice@example.com';

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Good for five minutes, and for one use. */
function tokenFor(user) {
  const claims = { iss: CLIENT_ID, sub: user, aud: 'tableau', exp: Math.floor(Date.now() / 1000) + 300 };
  const body = [
    part({ alg: 'HS256', typ: 'JWT', iss: CLIENT_ID, kid: SECRET_ID }),
    part({ ...claims, jti: randomUUID(), scp: ['tableau:views:embed'] }),
  ].join('.');
  return `${body}.${createHmac('sha256', SECRET).update(body).digest('base64url')}`;
}

const page = (user) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Portal</title>
<h1>Good morning</h1>
<p id="trouble" role="status"></p>
<dashgate-embed src="${DASHBOARD}" token="${tokenFor(user)}" title="Sales"></dashgate-embed>
<script type="module" src="${new URL('/_dashgate/embed.js', DASHBOARD)}"></script>
<script type="module">
  const view = document.querySelector('dashgate-embed');
  async function renew() {
    const answer = await fetch('/token', { method: 'POST' });
    view.token = await answer.text();
  }
  view.addEventListener('dashgate-token-needed', renew);
  view.addEventListener('dashgate-error', ({ detail }) => {
    document.querySelector('#trouble').textContent = detail.message;
  });
</script>
</html>`;

const server = createServer((request, response) => {
  const user = userOf(request);
  const isOwn = request.headers['sec-fetch-site'] === 'same-origin';
  if (request.method === 'POST' && request.url === '/token' && isOwn) {
    response.setHeader('Cache-Control', 'no-store').end(tokenFor(user));
  } else if (request.method === 'GET' && request.url === '/') {
    // The token stands in the page: nobody is to keep it.
    response.setHeader('Cache-Control', 'no-store').setHeader('Content-Type', 'text/html').end(page(user));
  } else {
    response.writeHead(404).end();
  }
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://localhost:${PORT}/`));
