import type { Entry, Scenario } from '../scenario.ts';
import { dashgate, directly } from '../stage/checks.ts';
import { QUESTION } from '../stage/dashgate.ts';
import { FLOODS, writeFlood } from '../stage/flood.ts';
import { load } from '../stage/load.ts';

const FLOOD_CONNECTIONS = 10;

const isFlood = (name: string): name is keyof typeof FLOODS => Object.hasOwn(FLOODS, name);

/** Whether those who have signed in notice that others guess. */
export const flood: Scenario = {
  name: 'flood',
  title: 'Wrong passwords at full rate, beside cookie checks',
  about: `${FLOOD_CONNECTIONS} connections try passwords as fast as they are answered, while 50 ask with a cookie; the figures are those of the cookie. The baseline has as much beside it: 10 connections that ask with a good cookie.`,
  limit: 'beside good requests',
  async open(stage, closing) {
    const { cookie } = await dashgate(stage, closing);
    const { url, headers } = directly(cookie);
    const question = { ...QUESTION, ...headers };
    const measure = async (seconds: number, beside: Promise<unknown> | null) => {
      const figures = await load({ url, headers: question, pids: cookie.pids }, seconds);
      await beside;
      return figures;
    };
    return [
      { name: 'alone', measure: (seconds) => measure(seconds, null) },
      {
        name: 'beside good requests',
        measure: (seconds) =>
          measure(seconds, load({ url, headers: question, connections: FLOOD_CONNECTIONS }, seconds)),
      },
      ...Object.keys(FLOODS)
        .filter(isFlood)
        .map(
          (kind): Entry => ({
            name: `beside ${kind}`,
            async measure(seconds) {
              const script = await writeFlood(stage.dir, { ...QUESTION, Host: QUESTION.Host }, kind);
              const beside = { url, connections: FLOOD_CONNECTIONS, script: [script] as const, isRefused: true };
              return measure(seconds, load(beside, seconds));
            },
          }),
        ),
    ];
  },
};
