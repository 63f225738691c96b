import { expect, it } from 'vitest';
import { request, startChain } from '../interop/nginx-chain.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';

// The check is asked twice about what it refuses, once by auth_request and once for the answer: a guess counts once.
needs('nginx', 'curl')('guessing through nginx', () => {
  it('is told to wait after five, by 429 and Retry-After', async () => {
    await using chain = await startChain();
    const guess = async (password: string, user = 'nobody') => {
      const authorization = `Authorization: Basic ${btoa(`${user}:${password}`)}`;
      const answer = await raw(chain.port, request(chain, '/kept/', [authorization]));
      return { status: answer?.status, retryAfter: answer?.headers.get('retry-after') ?? null };
    };
    for (let i = 0; i < 5; i++) expect(await guess(`${i}`)).toEqual({ status: 401, retryAfter: null });
    expect(await guess('5')).toEqual({ status: 429, retryAfter: '1' });
    expect(await guess('0', 'somebody')).toEqual({ status: 401, retryAfter: null });
    expect(chain.dashboard.seen).toEqual([]);
  });
});
