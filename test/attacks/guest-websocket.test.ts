import { once } from 'node:events';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import { basicOf, type Gate, startGate, usersFile } from '../support/gate.ts';

// Where signing in is optional, what was opened by somebody is not a guest's to keep: the dashboard goes on by the name that it was told.

const APPS = [
  {
    ...{ name: 'sales', at: '/', upstream: '$UPSTREAM', identity: ['panel'], guests: ['/**'] },
    panel_cookies: { secret: 'a-secret-that-both-sides-have-8Fh2kQ' },
  },
];

async function open(gate: Gate, headers: Record<string, string>): Promise<WebSocket> {
  const socket = new WebSocket(`${gate.origin.replace('http', 'ws')}/live`, { headers });
  socket.on('error', () => {});
  await once(socket, 'open');
  return socket;
}

it.each(['cookie', 'basic'])(
  'a websocket that came with a %s ends with its session, and that of a guest stays',
  async (by) => {
    await using gate = await startGate({ publicUrl: 'http://127.0.0.1:$PORT', apps: APPS });
    const cookie = await gate.signIn('mike');
    const guest = await open(gate, {});
    const mike = await open(gate, by === 'cookie' ? { Cookie: cookie } : { Authorization: basicOf('mike') });
    const closed = once(mike, 'close');
    if (by === 'cookie')
      await gate.ask('/_dashgate/logout', { method: 'POST', headers: { Cookie: cookie, Origin: gate.origin } });
    else await gate.dir.write('users.yaml', await usersFile({ mike: null }));
    await closed;
    expect(guest.readyState).toBe(WebSocket.OPEN);
    guest.terminate();
  },
);
