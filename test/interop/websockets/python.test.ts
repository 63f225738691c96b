import { expect, it } from 'vitest';
import { basicOf, startGate } from '../../support/gate.ts';
import { needs } from '../../support/needs.ts';
import { program } from '../../support/programs.ts';
import { startProgram } from '../../support/start-program.ts';

needs('dashboards')('Python’s websockets at both ends', () => {
  it('say and hear the same as without dashgate between', async () => {
    const cwd = import.meta.dirname;
    const python = program('dashboards');
    await using server = await startProgram(python, ['peer.py', 'serve'], { cwd, ready: /^port \d+$/m });
    const [, port] = await server.printed(/^port (\d+)$/m);
    await using gate = await startGate({
      publicUrl: 'http://127.0.0.1:$PORT',
      apps: [{ name: 'peer', at: '/', upstream: `http://127.0.0.1:${port}` }],
    });
    const args = ['peer.py', 'talk', `ws://${gate.host}/ws`, basicOf('nora')];
    await using client = await startProgram(python, args, { cwd, ready: /^\{.*\}$/m, readyWithinMs: 120_000 });
    const isRight = Object.fromEntries(
      ['deflate', 'plain'].flatMap((name) => [
        ...['text', 'fragments', 'large', 'their fragments', 'ping', 'their ping', 'order'].map((what) => [
          `${name} ${what}`,
          true,
        ]),
        [`${name} extensions`, name === 'plain' ? [] : ['permessage-deflate']],
      ]),
    );
    const closed = [
      [1000, ''],
      [1001, 'away'],
      [1011, 'höher'],
      [4999, 'ours'],
    ];
    expect(JSON.parse(client.stdout())).toEqual({ ...isRight, closed });
    for (const said of [/^closed 1001 away$/m, /^closed 3000 höher$/m, /^closed 4999 ours$/m])
      await server.printed(said);
  });
});
