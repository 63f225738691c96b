import { expect, it } from 'vitest';
import { startLyingProvider } from '../support/lying-provider.ts';
import { type Lane, startWorkers } from '../support/start-workers.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startUpstream } from '../support/upstream.ts';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** The address that the provider sends back to, and the cookie of the sign-in. */
async function begin(lane: Lane) {
  const answer = await lane.ask('/_dashgate/oauth/corp/start');
  const sent = await fetch(answer.headers.location ?? '', { redirect: 'manual' });
  const back = new URL(sent.headers.get('location') ?? '');
  return { path: back.pathname + back.search, cookie: cookiesOf(answer) };
}

const cookiesOf = ({ headers }: Awaited<ReturnType<Lane['ask']>>): string =>
  (headers['set-cookie'] ?? [])
    .filter((line) => !/max-age=0/i.test(line))
    .map((line) => line.split(';', 1)[0])
    .join('; ');

it('two workers: what began at the one is finished at the other, once, and ends at both as the provider says', async () => {
  await using dir = await tempDir();
  await using upstream = await startUpstream();
  await using liar = await startLyingProvider();
  await using workers = await startWorkers(
    dir,
    `providers: [{ id: corp, type: oidc, issuer: "${liar.issuer}", client_id: dashgate }]\napps: [{ name: app, at: /, upstream: "${upstream.url}" }]\n`,
  );
  const [one, two] = workers.lanes;
  if (!one || !two) throw new Error('two workers were asked for');
  const { path, cookie } = await begin(one);
  const finished = await two.ask(path, { headers: { Cookie: cookie } });
  const session = cookiesOf(finished);
  expect([finished.status, await one.status(session), await two.status(session)]).toEqual([303, 200, 200]);
  expect((await one.ask(path, { headers: { Cookie: cookie } })).status).toBe(400);

  const nowSec = Math.floor(Date.now() / 1000);
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  const times = { iat: nowSec, exp: nowSec + 60, jti: 'one' };
  const token = await liar.sign({ iss: liar.issuer, aud: 'dashgate', sid: 'sid-of-mica', events, ...times });
  const body = String(new URLSearchParams({ logout_token: token }));
  const tell = (lane: Lane) =>
    lane.ask('/_dashgate/oauth/corp/backchannel-logout', { method: 'POST', headers: FORM, body });
  expect((await tell(two)).status).toBe(200);
  expect([await one.status(session), await two.status(session)]).toEqual([401, 401]);
  expect((await tell(one)).status).toBe(400);
}, 60_000);
