import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { compiled } from '../../test/support/a-request.ts';
import { BadTarget } from '../errors.ts';
import { compileTrusted, createPeerOf, LOCAL_PEERS } from '../lib/client-address.ts';
import { askedBy, nginxWords, readFront } from './front.ts';

const at = (prefix: string) => ({
  origin: 'http://dash.example.com',
  host: 'dash.example.com',
  isHttps: false,
  prefix,
});
const options = {
  apps: [compiled({ name: 'root' }), compiled({ name: 'sales', at: at('/sales/') })],
  trusted: compileTrusted(LOCAL_PEERS),
  peerOf: createPeerOf('tcp'),
};
const SAID = {
  'x-original-uri': '/sales/hr?x=1',
  'x-original-method': 'POST',
  'x-forwarded-host': 'dash.example.com',
  'x-forwarded-for': '203.0.113.9',
  'x-dashgate-app': 'sales',
};

/** As node:http hands it over: what a front said about a request. */
const said = (changes: Record<string, string | undefined> = {}, url = '/_dashgate/auth/nginx'): IncomingMessage => {
  const headers = Object.fromEntries(
    Object.entries({ ...SAID, ...changes }).filter(([, value]) => value !== undefined),
  );
  const incoming = { headers, rawHeaders: Object.entries(headers).flat(), url, socket: { remoteAddress: '127.0.0.1' } };
  return incoming as Partial<IncomingMessage> as IncomingMessage;
};

describe('what a front says of a request', () => {
  it('becomes the request that it asks about', () => {
    expect(readFront(said({}), 'an-id-1', options, nginxWords)).toMatchObject({
      id: 'an-id-1',
      method: 'POST',
      target: { host: 'dash.example.com', path: '/sales/hr', query: '?x=1' },
      app: { name: 'sales' },
      need: [{ app: 'sales', name: 'hr' }],
      clientAddress: '203.0.113.9',
      isUpgrade: false,
    });
    expect(
      readFront(
        said({ 'x-original-method': 'GET', 'x-original-upgrade': 'websocket' }),
        'an-id-1',
        options,
        nginxWords,
      ),
    ).toMatchObject({
      isUpgrade: true,
    });
  });

  it.each([
    ['no app', { 'x-dashgate-app': undefined }],
    ['another app', { 'x-dashgate-app': 'root' }],
    ['an app that is not there', { 'x-dashgate-app': 'nowhere' }],
    ['a name that every object has', { 'x-dashgate-app': 'constructor' }],
    ['the app in other letters', { 'x-dashgate-app': 'Sales' }],
    ['an empty name', { 'x-dashgate-app': '' }],
    ['another path', { 'x-original-uri': '/x' }],
    ['a host without apps', { 'x-forwarded-host': 'evil.example.com' }],
  ])('is a mismatch when it names %s', (_what, changes) => {
    expect(readFront(said(changes), 'an-id-1', options, nginxWords)).toBe('app-mismatch');
  });

  it('may name the app in the address instead, where no header does', () => {
    const url = '/_dashgate/auth/nginx?app=sales';
    expect(readFront(said({ 'x-dashgate-app': undefined }, url), 'an-id-1', options, nginxWords)).toMatchObject({
      app: { name: 'sales' },
    });
    expect(readFront(said({ 'x-dashgate-app': 'root' }, url), 'an-id-1', options, nginxWords)).toBe('app-mismatch');
  });

  it.each([
    ['no target', { 'x-original-uri': undefined }],
    ['an empty target', { 'x-original-uri': '' }],
    ['a target with dots', { 'x-original-uri': '/sales/../hr' }],
    ['no method', { 'x-original-method': undefined }],
    ['a method in small letters', { 'x-original-method': 'get' }],
    ['a method with a line in it', { 'x-original-method': 'GET /' }],
    ['no host', { 'x-forwarded-host': undefined }],
    ['two hosts in one', { 'x-forwarded-host': 'dash.example.com, evil.example.com' }],
  ])('is refused when it says %s', (_what, changes) => {
    expect(() => readFront(said(changes), 'an-id-1', options, nginxWords)).toThrow(BadTarget);
  });
});

it('who looks at the answer is known even where the request is not understood', () => {
  const person = { 'x-original-uri': '/..', 'x-original-method': 'GET', 'sec-fetch-mode': 'navigate' };
  expect(askedBy(said(person), 'an-id-1', nginxWords).isPerson).toBe(true);
  expect(askedBy(said({ ...person, 'x-original-upgrade': 'websocket' }), 'an-id-1', nginxWords).isPerson).toBe(false);
  expect(askedBy(said({ ...person, 'x-original-method': undefined }), 'an-id-1', nginxWords).isPerson).toBe(false);
});
