import { type Ask, startGate, type User } from '../../test/support/gate.ts';
import type { Entry, Scenario } from '../scenario.ts';

const figure = {
  data: [{ x: Array.from({ length: 2500 }, (_, i) => i), y: Array.from({ length: 2500 }, (_, i) => i / 7) }],
  layout: {},
};
const ANSWER = JSON.stringify({ multi: true, response: { 'marketing-plot': { figure } } });
const part = (i: number) => ({
  props: {
    id: `${i % 2 ? 'hr' : 'marketing'}-${i}`,
    children: [{ props: { children: 'x'.repeat(60) }, type: 'P', namespace: 'dash_html_components' }],
  },
  type: 'Div',
  namespace: 'dash_html_components',
});
/** 8 MB. */
const layoutText = (): string =>
  JSON.stringify({
    props: { children: Array.from({ length: 38_000 }, (_, i) => part(i)) },
    type: 'Div',
    namespace: 'dash_html_components',
  });
const DEPENDENCIES = JSON.stringify(
  Array.from({ length: 100 }, (_, i) => ({
    output: i === 0 ? 'marketing-plot.figure' : `marketing-${i}.children`,
    inputs: [{ id: 'marketing-store', property: 'data' }],
    state: [],
  })),
);
/** Below 50 kB. */
const CALLBACK: Ask = {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
    output: 'marketing-plot.figure',
    outputs: { id: 'marketing-plot', property: 'figure' },
    inputs: [{ id: 'marketing-store', property: 'data', value: Array.from({ length: 4000 }, (_, i) => ({ i })) }],
    changedPropIds: ['marketing-store.data'],
  }),
};

/** The same request by mica, who holds everything and is passed through unread, and by mike, who does not. */
export const sections: Scenario = {
  name: 'sections',
  title: 'Section guard: what reading a Dash app costs',
  about:
    'Median time of one request after the other, in the process of the bench: a callback below 50 kB, and a layout of 8 MB, unread and guarded.',
  by: 'ms',
  async open(_stage, closing) {
    const layout = layoutText();
    const gate = closing.use(
      await startGate({
        apps: [{ name: 'sales', at: '/', kind: 'dash', upstream: '$UPSTREAM', sections: true }],
        answer(request, response) {
          request.resume();
          request.on('end', () => {
            const { url = '' } = request;
            const text = url.startsWith('/_dash-layout')
              ? layout
              : url.startsWith('/_dash-dep')
                ? DEPENDENCIES
                : ANSWER;
            response
              .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
              .end(text);
          });
        },
      }),
    );
    const entry = async (name: string, user: User, path: string, ask: Ask): Promise<Entry> => {
      const headers = { ...ask.headers, Cookie: await gate.signIn(user) };
      return {
        name,
        async measure(seconds) {
          const took: number[] = [];
          for (const endMs = performance.now() + seconds * 1000; performance.now() < endMs; ) {
            const beganMs = performance.now();
            const { status } = await gate.ask(path, { ...ask, headers });
            if (status !== 200) throw new Error(`${user} was answered ${status}`);
            took.push(performance.now() - beganMs);
          }
          return { ms: took.sort((a, b) => a - b)[Math.floor(took.length / 2)] ?? 0 };
        },
      };
    };
    return [
      await entry('callback, unread', 'mica', '/_dash-update-component', CALLBACK),
      await entry('callback, guarded', 'mike', '/_dash-update-component', CALLBACK),
      await entry('layout, unread', 'mica', '/_dash-layout', {}),
      await entry('layout, guarded', 'mike', '/_dash-layout', {}),
    ];
  },
};
