import { expect, it, vi } from 'vitest';
import { aRequest } from '../../test/support/a-request.ts';
import { type Authenticator, authenticate } from './authenticate.ts';

const nothing: Authenticator = async () => null;
const bad: Authenticator = async () => ({ kind: 'rejected', reason: 'bad-password', by: 'basic', user: 'mica' });

it('the first credential found decides: a bad one never falls through to a good one', async () => {
  const good = vi.fn<Authenticator>();
  expect(await authenticate(aRequest(), [nothing, bad, good])).toMatchObject({ kind: 'rejected' });
  expect(good).not.toHaveBeenCalled();
});

it('finds nothing where nothing was brought, or nobody is asked', async () => {
  expect(await authenticate(aRequest(), [nothing, nothing])).toBeNull();
  expect(await authenticate(aRequest(), [])).toBeNull();
});

it('does not pass over one that could not find out', async () => {
  const down: Authenticator = () => Promise.reject(new Error('down'));
  await expect(authenticate(aRequest(), [down, bad])).rejects.toThrow('down');
});
