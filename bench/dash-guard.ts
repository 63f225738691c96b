import { type Ask, startGate, type User } from '../test/support/gate.ts';

// What the section guard adds to a request: the same one by mica, who holds everything and is passed through unread, and by
// mike, who does not. Run it: node bench/dash-guard.ts. The targets: a callback below 50 kB under 2 ms, 8 MB of layout under 300 ms.

const TARGETS = { callback: 2, layout: 300 };

const figure = {
  data: [{ x: Array.from({ length: 2500 }, (_, i) => i), y: Array.from({ length: 2500 }, (_, i) => i / 7) }],
  layout: {},
};
const answer = JSON.stringify({ multi: true, response: { 'marketing-plot': { figure } } });
const part = (i: number) => ({
  props: {
    id: `${i % 2 ? 'hr' : 'marketing'}-${i}`,
    children: [{ props: { children: 'x'.repeat(60) }, type: 'P', namespace: 'dash_html_components' }],
  },
  type: 'Div',
  namespace: 'dash_html_components',
});
const layout = JSON.stringify({
  props: { children: Array.from({ length: 38_000 }, (_, i) => part(i)) },
  type: 'Div',
  namespace: 'dash_html_components',
});
const dependencies = JSON.stringify(
  Array.from({ length: 100 }, (_, i) => ({
    output: i === 0 ? 'marketing-plot.figure' : `marketing-${i}.children`,
    inputs: [{ id: 'marketing-store', property: 'data' }],
    state: [],
  })),
);
const body = JSON.stringify({
  output: 'marketing-plot.figure',
  outputs: { id: 'marketing-plot', property: 'figure' },
  inputs: [{ id: 'marketing-store', property: 'data', value: Array.from({ length: 4000 }, (_, i) => ({ i })) }],
  changedPropIds: ['marketing-store.data'],
});

await using gate = await startGate({
  apps: [{ name: 'sales', at: '/', kind: 'dash', upstream: '$UPSTREAM', sections: true }],
  answer(request, response) {
    request.resume();
    request.on('end', () => {
      const { url = '' } = request;
      const text = url.startsWith('/_dash-layout') ? layout : url.startsWith('/_dash-dep') ? dependencies : answer;
      response
        .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
        .end(text);
    });
  },
});

async function median(user: User, path: string, ask: Ask, times: number): Promise<number> {
  const took: number[] = [];
  const headers = { ...ask.headers, Cookie: await gate.signIn(user) };
  for (let i = 0; i < times + times / 4; i++) {
    const began = performance.now();
    const { status } = await gate.ask(path, { ...ask, headers });
    if (status !== 200) throw new Error(`${user} was answered ${status}`);
    if (i >= times / 4) took.push(performance.now() - began);
  }
  return took.sort((a, b) => a - b)[Math.floor(took.length / 2)] ?? 0;
}

async function compare(name: keyof typeof TARGETS, path: string, ask: Ask, times: number): Promise<boolean> {
  const unread = await median('mica', path, ask, times);
  const guarded = await median('mike', path, ask, times);
  const added = guarded - unread;
  const ok = added < TARGETS[name];
  console.log(
    `${name.padEnd(10)} unread ${unread.toFixed(2)} ms, guarded ${guarded.toFixed(2)} ms: ${added.toFixed(2)} ms more (p50 of ${times}; target ${TARGETS[name]} ms) ${ok ? 'met' : 'MISSED'}`,
  );
  return ok;
}

console.log(
  `callback: ${body.length} bytes there, ${answer.length} back; layout: ${(layout.length / 1e6).toFixed(1)} MB`,
);
const met = [
  await compare(
    'callback',
    '/_dash-update-component',
    { method: 'POST', body, headers: { 'Content-Type': 'application/json' } },
    400,
  ),
  await compare('layout', '/_dash-layout', {}, 12),
];
process.exitCode = met.every(Boolean) ? 0 : 1;
