import { createHmac } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LiarStage, newKey, startLiarStage } from '../support/lying-provider.ts';
import { SECRET } from '../support/start-oidc-provider.ts';
import { createWalker, type Walker } from '../support/walker.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const PATH = '/_dashgate/oauth/corp/backchannel-logout';

let stage: LiarStage;
let walker: Walker;
beforeEach(async () => {
  stage = await startLiarStage();
  walker = createWalker();
  await walker.follow(stage.start);
});
afterEach(async () => {
  vi.useRealTimers();
  await stage[Symbol.asyncDispose]();
});

const nowSec = (): number => Math.floor(Date.now() / 1000);
let made = 0;
const claims = (changes: JWTPayload = {}): JWTPayload => {
  made += 1;
  const times = { iat: nowSec(), exp: nowSec() + 120, jti: `logout-${made}` };
  return { iss: stage.liar.issuer, aud: 'dashgate', ...times, events: { [EVENT]: {} }, sub: 'mica', ...changes };
};
const without = (name: string): JWTPayload => {
  const { [name]: _gone, ...rest } = claims();
  return rest;
};
const send = (body: string, type = 'application/x-www-form-urlencoded') =>
  stage.gate.ask(PATH, { method: 'POST', headers: { 'Content-Type': type }, body });
const sendToken = (token: string) => send(String(new URLSearchParams({ logout_token: token })));
const isSignedIn = async (who = walker): Promise<boolean> =>
  (await who.go(`${stage.gate.origin}/_dashgate/session`)).status === 200;

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const stranger = await newKey('first');

it('a token that is as it should be ends the sessions of its subject, and of nobody else; once', async () => {
  const second = createWalker();
  await second.follow(stage.start);
  stage.liar.lies = { claims: (said) => ({ ...said, sub: 'mike' }), userInfo: (said) => ({ ...said, sub: 'mike' }) };
  const mike = createWalker();
  await mike.follow(stage.start);
  const token = await stage.liar.sign(claims(), { typ: 'logout+jwt' });
  const answer = await sendToken(token);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toContain('no-store');
  expect(await Promise.all([walker, second, mike].map((who) => isSignedIn(who)))).toEqual([false, false, true]);
  // Who has signed in since is not signed out by whoever kept the token.
  stage.liar.lies = {};
  await walker.follow(stage.start);
  const again = await sendToken(token);
  expect([again.status, JSON.parse(again.body).error]).toEqual([400, 'invalid_request']);
  await stage.gate.restart();
  expect((await sendToken(token)).status).toBe(400);
  expect(await isSignedIn()).toBe(true);
});

it('a token with a sid ends that session alone, and any that is still to hang on it', async () => {
  stage.liar.lies = { claims: (said) => ({ ...said, sid: 'another' }) };
  const second = createWalker();
  await second.follow(stage.start);
  expect((await sendToken(await stage.liar.sign(claims({ sid: 'sid-of-mica' })))).status).toBe(200);
  expect([await isSignedIn(), await isSignedIn(second)]).toEqual([false, true]);
  await stage.gate.restart();
  expect([await isSignedIn(), await isSignedIn(second)]).toEqual([false, true]);
  stage.liar.lies = {};
  await walker.follow(stage.start);
  expect(await isSignedIn()).toBe(false);
});

describe('a logout token with', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['another issuer', () => stage.liar.sign(claims({ iss: 'https://evil.example.com' }))],
    ['another audience', () => stage.liar.sign(claims({ aud: 'other' }))],
    ['no audience', () => stage.liar.sign(without('aud'))],
    ['an end that has passed', () => stage.liar.sign(claims({ iat: nowSec() - 900, exp: nowSec() - 600 }))],
    ['no end', () => stage.liar.sign(without('exp'))],
    ['an end in a year', () => stage.liar.sign(claims({ exp: nowSec() + 31_536_000 }))],
    ['no time', () => stage.liar.sign(without('iat'))],
    ['a time that is to come', () => stage.liar.sign(claims({ iat: nowSec() + 300 }))],
    ['no id', () => stage.liar.sign(without('jti'))],
    ['no events', () => stage.liar.sign(without('events'))],
    ['another event', () => stage.liar.sign(claims({ events: { 'http://example.com/other': {} } }))],
    ['an event that is a list', () => stage.liar.sign(claims({ events: { [EVENT]: [] } }))],
    ['a nonce, as an ID token', () => stage.liar.sign(claims({ nonce: 'x' }))],
    ['neither sub nor sid', () => stage.liar.sign(without('sub'))],
    ['the type of another token', () => stage.liar.sign(claims(), { typ: 'at+jwt' })],
    ['no signature', () => `${part({ alg: 'none' })}.${part(claims())}.`],
    [
      'a signature by the client’s own secret',
      () => {
        const text = `${part({ alg: 'HS256' })}.${part(claims())}`;
        return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
      },
    ],
    ['a signature by another key', () => stage.liar.sign(claims(), {}, stranger)],
    ['a key that it brings along', () => stage.liar.sign(claims(), { kid: 'x', jwk: stranger.publicJwk }, stranger)],
    ['nothing in it', () => ''],
    ['no end of text', () => 'x'.repeat(12_000)],
  ])('%s ends nothing', async (_what, make) => {
    const answer = await sendToken(await make());
    expect(answer.status).toBe(400);
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect(JSON.parse(answer.body).error).toBe('invalid_request');
    expect(await isSignedIn()).toBe(true);
  });
});

it('an ID token is no logout token', async () => {
  const nonceless = {
    iss: stage.liar.issuer,
    aud: 'dashgate',
    sub: 'mica',
    iat: nowSec(),
    exp: nowSec() + 60,
    jti: 'x',
  };
  expect((await sendToken(await stage.liar.sign(nonceless))).status).toBe(400);
  expect(await isSignedIn()).toBe(true);
});

it('it comes as a form, once, by POST, and to the provider that signed it', async () => {
  const token = await stage.liar.sign(claims());
  expect((await send(JSON.stringify({ logout_token: token }), 'application/json')).status).toBe(400);
  expect((await send(token, 'text/plain')).status).toBe(400);
  expect((await send(`logout_token=${token}&logout_token=${token}`)).status).toBe(400);
  expect((await stage.gate.ask(`${PATH}?logout_token=${token}`)).status).toBe(405);
  expect((await send(`logout_token=${'x'.repeat(20_000)}`)).status).toBe(413);
  expect(await isSignedIn()).toBe(true);
  // No Origin is asked of it, nor any other refused: what it brings is no browser's.
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'https://evil.example.com' };
  const body = String(new URLSearchParams({ logout_token: token }));
  expect((await stage.gate.ask(PATH, { method: 'POST', headers, body })).status).toBe(200);
  expect(await isSignedIn()).toBe(false);
});

it('tokens by unknown keys make nobody ask the provider again and again', async () => {
  const asked = () => stage.liar.asked.filter(({ path }) => path === '/jwks').length;
  const before = asked();
  for (let i = 0; i < 30; i += 1) await sendToken(await stage.liar.sign(claims(), { kid: `unknown-${i}` }, stranger));
  expect(asked() - before).toBeLessThanOrEqual(1);
  // A key that has just been published is found all the same, a moment later.
  stage.liar.keys = [await newKey('second')];
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 });
  expect((await sendToken(await stage.liar.sign(claims()))).status).toBe(200);
  expect(await isSignedIn()).toBe(false);
  await walker.follow(stage.start);
  expect(await isSignedIn()).toBe(true);
});

it('while the keys cannot be had, it is not taken, and may be sent again', async () => {
  await stage.gate.restart();
  stage.liar.lies = { instead: { '/jwks': (_request, response) => void response.writeHead(500).end() } };
  const token = await stage.liar.sign(claims());
  const answer = await sendToken(token);
  expect([answer.status, JSON.parse(answer.body).error]).toEqual([400, 'logout_failed']);
  stage.liar.lies = {};
  stage.gate.advance(6000);
  expect((await sendToken(token)).status).toBe(200);
});
