import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { callback, slot } from '../support/dash-sections/send.ts';
import { canaryOf, foreignTo, leaks, onFastApi, type Stage, stageSections } from '../support/dash-sections/stage.ts';
import type { User } from '../support/gate.ts';
import { needs } from '../support/needs.ts';

/** What a client sends, one after the other; a list is one message in as many frames. */
type Said = string | Buffer | readonly string[];

interface Trick {
  readonly name: string;
  readonly said: readonly Said[];
  /** What the app does with it, with nothing in front. */
  readonly bare: 'leaks' | 'harmless';
  readonly user?: User;
  /** What a client answers that is asked for a component's properties. */
  readonly tells?: unknown;
}

const request = (payload: unknown, requestId = 'q', more: object = {}): string =>
  JSON.stringify({ type: 'callback_request', rendererId: 'r', requestId, payload, ...more });
const note = (name: string, more: object = {}) => ({
  ...callback(`${name}-note.children`, [slot(`${name}-roll`, 'n_clicks', 1)]),
  ...more,
});
const HR = request(note('hr'));
const card = (section: string) =>
  callback('{"section":["MATCH"],"type":"card"}.children', [slot({ section, type: 'btn' }, 'n_clicks', 1)], {
    outputs: { id: { section, type: 'card' }, property: 'children' },
  });
const search = (value: unknown, kept: unknown = {}) =>
  callback('found.children', [slot('search', 'value', value)], { state: [slot('kept', 'data', kept)] });
const any = callback('any-result.children', [slot('any', 'n_clicks', 1)]);
const ask = request(callback('asked.children', [slot('ask', 'n_clicks', 1)]));
const goTo = (pathname: string) =>
  callback('page.children', [slot('url', 'pathname', pathname)], {
    state: [slot('url', 'href', 'http://x/'), slot('url', 'search', '')],
  });

const leak = (name: string, ...said: Said[]): Trick => ({ name, said, bare: 'leaks' });
const harmless = (name: string, ...said: Said[]): Trick => ({ name, said, bare: 'harmless' });

const TRICKS: Trick[] = [
  leak('asks for it', HR),
  { ...leak('asks for marketing, as hanna', request(note('marketing'))), user: 'hanna' },
  { ...leak('asks for it, as nora, who has nothing', HR), user: 'nora' },
  leak('asks for it in many frames', [...HR]),
  leak('asks for it behind its own', request(note('marketing'), 'p'), HR),
  leak('asks for it by the name of a request of its own', request(note('marketing')), HR),
  leak('asks for it behind what is not understood', '{"type":"tab_visible"}', HR),
  leak('asks for it by an escaped name', HR.replaceAll('"hr-', '"\\u0068r-')),
  leak(
    'writes the payload twice',
    HR.replace('"payload":', `"payload":${JSON.stringify(note('marketing'))},"payload":`),
  ),
  leak('writes the output twice', HR.replace('"output":', '"output":"marketing-note.children","output":')),
  leak('writes the type twice', HR.replace('"type":', '"type":"heartbeat","type":')),
  leak('adds a key to the envelope', request(note('hr'), 'q', { also: 1 })),
  leak('adds a key to the body', request(note('hr', { batch: [] }))),
  leak('renames the input', request(note('hr', { inputs: [slot('marketing-roll', 'n_clicks', 1)] }))),
  leak('sends NaN', HR.replace('"value":1', '"value":NaN')),
  leak('calls a MATCH of everybody’s for it', request(card('hr'))),
  leak('names its path', request(goTo('/hr'))),
  leak('names its path with two slashes', request(goTo('//hr'))),
  leak('searches for it', request(search('hr'))),
  leak('keeps its name in a shared store', request(search('', { section: 'hr' }))),
  leak('lets a shared callback stream properties of any id', request(any)),
  leak(
    'lets a shared callback patch it into a shared list',
    request(callback('list.children', [slot('any', 'n_clicks', 1)])),
  ),
  leak('brings it to fail, and reads why', request(callback('broken.children', [slot('search', 'n_submit', 1)]))),
  { ...leak('tells its name when the app asks for a property', ask), tells: { data: { section: 'hr' } } },
  {
    ...leak('tells more than the app asks for', ask),
    tells: { data: { section: 'hr' }, value: 'hr', id: 'hr' },
  },
  harmless('tells what nobody asked for', '{"type":"get_props_response","requestId":"x","payload":{"data":"hr"}}'),
  harmless('sends bytes', Buffer.from(HR)),
  harmless('sends several at once', `[${HR}]`),
  harmless('sends no object', '1'),
  harmless('sends nothing', ''),
  harmless('sends what is no JSON behind it', `${HR}{}`),
  harmless('begins with a byte order mark', `\uFEFF${HR}`),
  harmless('asks without a type', HR.replace('"type":"callback_request",', '')),
  harmless('asks for what is not there', request({ ...note('hr'), output: 'nothing.children' })),
  harmless('nests it deep', request(note('hr', { inputs: JSON.parse('['.repeat(900) + ']'.repeat(900)) }))),
];

interface Heard {
  readonly text: string;
  readonly extensions: string;
}

/** Says it all, and listens until each callback has been answered and a heartbeat after it, or the other side has closed. */
async function converse(port: number, headers: Record<string, string>, { said, tells }: Trick): Promise<Heard> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/_dash-ws-callback`, { headers, perMessageDeflate: true });
  const wanted = said.filter((each) => typeof each !== 'string' || each.includes('callback_request')).length;
  let text = '';
  let answered = 0;
  const over = new Promise<void>((resolve) => {
    const late = setTimeout(resolve, 3000);
    socket.on('close', () => {
      clearTimeout(late);
      resolve();
    });
    socket.on('message', (data, isBinary) => {
      text += `${isBinary ? 'binary ' : ''}${String(data)}\n`;
      const given: unknown = JSON.parse(String(data));
      for (const message of Array.isArray(given) ? given : [given]) {
        if (message.type === 'get_props_request')
          socket.send(
            JSON.stringify({
              type: 'get_props_response',
              rendererId: 'r',
              requestId: message.requestId,
              payload: tells ?? {},
            }),
          );
        if (message.type === 'callback_response') answered++;
        if (message.type === 'callback_response' && answered >= wanted) socket.send('{"type":"heartbeat"}');
        if (message.type === 'heartbeat_ack') {
          clearTimeout(late);
          resolve();
        }
      }
    });
  });
  socket.on('error', () => {});
  await once(socket, 'open');
  for (const each of said) {
    if (typeof each === 'string' || Buffer.isBuffer(each)) socket.send(each, { binary: Buffer.isBuffer(each) });
    else for (const [i, part] of each.entries()) socket.send(part, { fin: i === each.length - 1 });
  }
  if (wanted === 0) socket.send('{"type":"heartbeat"}');
  await over;
  const { extensions } = socket;
  socket.terminate();
  return { text, extensions };
}

needs('dash4')('over a websocket, what is somebody else’s stays unseen by whoever', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await stageSections('app:server', true, onFastApi());
    // The first request of a worker completes what it declares.
    await stage.bare({ path: '/_dash-dependencies' });
  });
  afterAll(() => stage[Symbol.asyncDispose]());
  const bare = (trick: Trick) => converse(stage.app.port, { Origin: stage.app.origin }, trick);
  const guarded = async (trick: Trick) =>
    converse(
      stage.gate.port,
      { Host: stage.gate.host, Origin: stage.gate.origin, Cookie: await stage.cookieOf(trick.user ?? 'mike') },
      trick,
    );
  const found = ({ text }: Heard, user: User = 'mike') =>
    leaks({ bytes: text, status: 0, headers: {}, body: '' }, foreignTo(user));

  it.each(TRICKS.map((trick) => [trick.name, trick] as const))('%s', async (_name, trick) => {
    const open = await bare(trick);
    expect(found(open, trick.user).length > 0 ? 'leaks' : 'harmless', open.text.slice(0, 600)).toBe(trick.bare);
    const got = await guarded(trick);
    expect(found(got, trick.user), got.text.slice(0, 2000)).toEqual([]);
    expect(got.extensions).toBe('');
  });

  describe('what is one’s own', () => {
    it('comes as the app says it, streamed properties too', async () => {
      const got = await guarded(leak('', request(note('marketing')), request(any, 'p')));
      expect(got.text).toContain(`rolled 1: ${canaryOf('marketing')}`);
      expect(got.text).toMatch(/"set_props".*"marketing-card".*set by any/);
      expect(got.text).not.toContain('hr-card');
    });

    it('is told to the app that asks for it, and of another’s nothing', async () => {
      const got = await guarded({ ...leak('', ask), tells: { value: 'some', data: { section: 'marketing' } } });
      expect(got.text).toContain(`asked marketing: ${canaryOf('marketing')} ['some', 'some', None]`);
      expect(got.text).not.toContain('hr-channel');
    });
  });

  it.each<[string, (cookie: string) => Promise<unknown>, number]>([
    [
      'signing out',
      (cookie) =>
        stage.gate.ask('/_dashgate/logout', {
          method: 'POST',
          headers: { Cookie: cookie, 'Content-Type': 'application/json' },
          body: '{}',
        }),
      4401,
    ],
    ['what somebody is no longer granted', () => stage.gate.reconfigure({}), 1012],
  ])('a websocket ends with %s', async (_name, end, code) => {
    await stage.gate.reconfigure({ grants: { users: { mike: ['finance'] } } });
    const cookie = await stage.gate.signIn('mike');
    const headers = { Host: stage.gate.host, Origin: stage.gate.origin, Cookie: cookie };
    const socket = new WebSocket(`ws://127.0.0.1:${stage.gate.port}/_dash-ws-callback`, { headers });
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await end(cookie);
    expect((await closed)[0]).toBe(code);
  });
});
