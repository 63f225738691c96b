import { expect, it } from 'vitest';
import { startLiarStage } from '../support/lying-provider.ts';
import { createWalker } from '../support/walker.ts';

const TOKEN = 'gho_16C7e42F292c6912E7710c838347Ae178B4a';
const PIECE = 6;

// What is no JSON, a parser likes to quote.
it.each([`{"access_token":${TOKEN}}`, `${TOKEN}`, `"${TOKEN}`, `access_token=${TOKEN}&scope=read%3Auser`])(
  'no piece of a token is in the log where a token endpoint answers %s',
  async (body) => {
    await using stage = await startLiarStage();
    stage.liar.lies = {
      instead: {
        '/token': (_request, response) =>
          void response.writeHead(200, { 'Content-Type': 'application/json' }).end(body),
      },
    };
    const walker = createWalker();
    const answer = await walker.follow(`${stage.gate.origin}/_dashgate/oauth/corp/start`);
    expect(answer.status).toBe(503);
    const log = stage.gate.logText();
    expect(log).toContain('a provider cannot be asked');
    for (let at = 0; at + PIECE <= TOKEN.length; at += 1)
      for (const text of [log, answer.body]) expect(text).not.toContain(TOKEN.slice(at, at + PIECE));
  },
);
