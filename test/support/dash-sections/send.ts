import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A request as a client may write it, whatever a browser would. */
export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}

export interface Got {
  readonly status: number;
  /** Head and body, every byte of them, one character each. */
  readonly bytes: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

export function send(port: number, { method = 'GET', path, headers = {}, body }: Sent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false });
    outgoing.once('error', reject);
    outgoing.once('upgrade', (answer, socket, head) => {
      socket.destroy();
      resolve({ status: 101, bytes: head.toString('latin1'), headers: answer.headers, body: '' });
    });
    outgoing.once('response', (answer) => {
      buffer(answer).then((whole) => {
        const bytes = `${answer.statusCode} ${answer.rawHeaders.join('\n')}\n\n${whole.toString('latin1')}`;
        resolve({ status: answer.statusCode ?? 0, bytes, headers: answer.headers, body: whole.toString('utf8') });
      }, reject);
    });
    outgoing.end(body);
  });
}

interface Slot {
  readonly id: unknown;
  readonly property: string;
  readonly value?: unknown;
}

/** `id.property` with a value, as a callback's body has it. A dict id is given as one. */
export const slot = (id: unknown, property: string, value?: unknown): Slot =>
  value === undefined ? { id, property } : { id, property, value };

const written = (id: unknown): string =>
  typeof id === 'string'
    ? id
    : JSON.stringify(Object.fromEntries(Object.entries(Object(id)).sort(([a], [b]) => (a < b ? -1 : 1))));

/** The body of a callback with one output, or any list of them, as Dash's own renderer writes it. */
export function callback(
  output: string,
  inputs: readonly (Slot | readonly Slot[])[],
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const parts = output.startsWith('..') ? output.slice(2, -2).split('...') : [output];
  const outputs = parts.map((part) => {
    const dot = part.startsWith('{') ? part.indexOf('.', part.lastIndexOf('}')) : part.indexOf('.');
    return { id: part.slice(0, dot), property: part.slice(dot + 1) };
  });
  const first = inputs.flat()[0];
  const changed = first ? [`${written(first.id)}.${first.property}`] : [];
  const parsed = first ? [typeof first.id === 'string' ? changed[0] : first.id] : [];
  return {
    output,
    outputs: output.startsWith('..') ? outputs : outputs[0],
    inputs,
    changedPropIds: changed,
    parsedChangedPropsIds: parsed,
    ...more,
  };
}

export const post = (body: unknown, more: Partial<Sent> = {}): Sent => ({
  method: 'POST',
  path: '/_dash-update-component',
  body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  ...more,
  headers: { 'Content-Type': 'application/json', ...more.headers },
});
