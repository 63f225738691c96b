import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { listening } from '../../test/support/proxy-stage.ts';
import { raw } from '../../test/support/raw.ts';
import { createRedirect } from './redirect.ts';

const ask = async (target: string, host = 'evil.example.com') => {
  const port = await listening(createServer(createRedirect({ origin: 'https://dash.example.com' })));
  return raw(port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
};

describe('plain http', () => {
  it.each([
    ['/', 'https://dash.example.com/'],
    ['/sales/q3?city=Lyon', 'https://dash.example.com/sales/q3?city=Lyon'],
  ])('%s is sent on to https, whatever host it named', async (target, location) => {
    const answer = await ask(target);
    expect([answer?.status, answer?.headers.get('location')]).toEqual([308, location]);
  });

  it.each(['//evil.example.com/', '/\\evil.example.com', 'http://evil.example.com/', '/a/../b'])(
    '%s is sent nowhere',
    async (target) => {
      const answer = await ask(target);
      expect([answer?.status, answer?.headers.get('location')]).toEqual([400, null]);
    },
  );
});
