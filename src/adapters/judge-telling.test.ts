import { expect, it } from 'vitest';
import { anIdentity, aRequest } from '../../test/support/a-request.ts';
import { nobody } from '../identity/identity.ts';
import type { Verdict } from './adapter.ts';
import { judgeTelling } from './judge-telling.ts';

const allowed: Verdict = {
  decision: { kind: 'allow', identity: anIdentity('mike'), reason: 'granted' },
  ...{ setCookies: [], who: '', isSignIn: false },
};

it('lets nothing through where what the app is to be told cannot be made', async () => {
  const failing = judgeTelling(
    async () => allowed,
    () => Promise.reject(new Error('no key')),
  );
  await expect(failing(aRequest('/'))).rejects.toThrow('no key');
});

it('tells apps of nobody who is refused', async () => {
  const refused: Verdict = {
    ...allowed,
    decision: { kind: 'deny', identity: nobody, reason: 'cross-site', missing: [] },
  };
  const verdict = await judgeTelling(
    async () => refused,
    () => Promise.resolve({ cookies: ['a=1'], assertion: '', authorization: '' }),
  )(aRequest('/'));
  expect(verdict).toBe(refused);
});
