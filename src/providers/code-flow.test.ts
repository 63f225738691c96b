import { afterEach, expect, it, vi } from 'vitest';
import { providers, settleProviders } from '../config/schema/providers.ts';
import { systemClock } from '../lib/clock.ts';
import { openProvider } from './kinds.ts';

const asked: string[] = [];
afterEach(() => void asked.splice(0));

async function open(answer: () => Promise<Response>) {
  const [config] = settleProviders(providers.parse([{ id: 'them', type: 'github', client_id: 'x' }]), {
    folder: '/',
    state: '/',
  });
  if (!config) throw new Error('there is no provider');
  return openProvider(config, {
    ...{ knownGroups: new Set(), clock: systemClock, warn: vi.fn() },
    fetch: (url) => {
      asked.push(String(url));
      return answer();
    },
  });
}

it('whether a provider is there that does not describe itself is found out at its token endpoint', async () => {
  await (await open(async () => new Response('', { status: 404 }))).probe();
  expect(asked).toEqual(['https://github.com/login/oauth/access_token']);
});

it.each([
  ['answers with an error of its own', async () => new Response('', { status: 502 })],
  ['does not answer', () => Promise.reject(new TypeError('fetch failed'))],
])('one that %s is not there', async (_what, answer) => {
  await expect((await open(answer)).probe()).rejects.toThrow(
    'them: https://github.com/login/oauth/access_token does not answer',
  );
});
