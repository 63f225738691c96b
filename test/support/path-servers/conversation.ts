import { connect, type Socket } from 'node:net';
import { type PlainResponse, parseHead } from '../parse-response.ts';
import { isWhole } from '../raw.ts';

/** Requests as bytes, one after the other, over one connection for as long as the other side keeps it. */
export interface Conversation extends Disposable {
  /** @returns `null` when the other side closed without a word */
  say(text: string): Promise<PlainResponse | null>;
}

/** @param target - a port of 127.0.0.1, or a unix socket's path */
export function converse(target: number | string, withinMs = 10_000): Conversation {
  let socket: Socket | null = null;
  const open = (): Socket => {
    const made = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target);
    return made.setEncoding('latin1').on('error', () => {});
  };
  const once = (text: string): Promise<{ answer: PlainResponse | null; wasKept: boolean }> => {
    const wasKept = socket !== null && !socket.destroyed;
    const on = wasKept && socket ? socket : open();
    socket = on;
    let heard = '';
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => finish(new Error(`no whole answer, only ${JSON.stringify(heard)}`)), withinMs);
      const finish = (error?: Error): void => {
        clearTimeout(late);
        on.off('data', onData).off('close', onClose);
        const end = heard.indexOf('\r\n\r\n');
        const answer = end < 0 ? null : { ...parseHead(heard.slice(0, end)), body: heard.slice(end + 4) };
        if (error || !answer || /close/i.test(answer.headers.get('connection') ?? '')) {
          on.destroy();
          socket = null;
        }
        if (error) reject(error);
        else resolve({ answer, wasKept });
      };
      const onData = (chunk: string): void => {
        heard += chunk;
        if (isWhole(heard)) finish();
      };
      const onClose = (): void => finish();
      on.on('data', onData).on('close', onClose);
      on.write(text, 'latin1');
    });
  };
  return {
    async say(text) {
      const { answer, wasKept } = await once(text);
      // A connection that was kept may have been closed just then.
      return answer === null && wasKept ? (await once(text)).answer : answer;
    },
    [Symbol.dispose]: () => void socket?.destroy(),
  };
}
