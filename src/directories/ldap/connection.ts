import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { BindRequest, ExtendedRequest, type Filter, type Message, SearchRequest, UnbindRequest } from 'ldapts';
import { BadBer, createFrames } from './ber.ts';
import { type Entry, OP, readEntry, readMessage } from './message.ts';

/** Where a directory server is, and how it is known. */
export interface LdapServer {
  readonly host: string;
  readonly port: number;
  readonly security: 'tls' | 'start-tls' | 'none';
  /** Certificates in PEM, in place of the system's. */
  readonly ca: string | null;
  /** The name that its certificate must have, where it is not the host. */
  readonly serverName: string | null;
}

export interface Search {
  readonly base: string;
  readonly scope: 'base' | 'sub';
  readonly filter: Filter;
  readonly attributes: readonly string[];
  readonly mostEntries: number;
}

/** The result code of an operation (RFC 4511 §4.1.9). */
export type ResultCode = number;

/**
 * A connection, for one operation at a time. Each of them throws when the signal comes first, or when the server breaks off or
 * says something that is no answer; the connection is then closed.
 */
export interface Connection {
  readonly isOpen: boolean;
  /** Whether it was lost before the server said anything to the last operation: as with one that had been idle for too long. */
  readonly isLostUnanswered: boolean;
  bind(dn: string, password: string, signal: AbortSignal): Promise<ResultCode>;
  /** References to other servers are not followed; aliases are not either. */
  search(search: Search, signal: AbortSignal): Promise<{ code: ResultCode; entries: Entry[] }>;
  close(): void;
}

const MOST_MESSAGE_BYTES = 256 * 1024;
const MOST_ANSWER_BYTES = 4 * 1024 * 1024;
const START_TLS = '1.3.6.1.4.1.1466.20037';

/** Opens a connection, TLS included; nobody is bound yet. Throws when it cannot, or when the signal comes first. */
export async function connect(server: LdapServer, signal: AbortSignal): Promise<Connection> {
  signal.throwIfAborted();
  const { host, port, security } = server;
  const tls = {
    host,
    servername: server.serverName ?? (isIP(host) ? '' : host),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(server.ca !== null && { ca: server.ca }),
  } as const;
  if (security === 'tls') {
    return createConnection(await opened(connectTls({ ...tls, port }), 'secureConnect', signal));
  }
  const socket = await opened(connectTcp({ host, port }), 'connect', signal);
  if (security === 'none') return createConnection(socket);
  await startTls(socket, signal);
  return createConnection(await opened(connectTls({ ...tls, socket }), 'secureConnect', signal));
}

async function opened<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<S> {
  // An error that nobody listens to would end the process.
  socket.on('error', () => {}).setNoDelay(true);
  return during(socket, signal, (resolve) => socket.once(event, () => resolve(socket)));
}

/** Settles as `begin` says, or fails as the socket does; a signal destroys the socket. */
async function during<T>(
  socket: Socket,
  signal: AbortSignal,
  begin: (resolve: (value: T) => void) => void,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const late = (): void => void socket.destroy(new Error('it did not answer in time'));
  const closed = (): void => reject(new Error('it closed the connection'));
  socket.once('error', reject).once('close', closed);
  signal.addEventListener('abort', late);
  try {
    if (signal.aborted) late();
    else if (socket.destroyed) closed();
    else begin(resolve);
    return await promise;
  } finally {
    socket.off('error', reject).off('close', closed);
    signal.removeEventListener('abort', late);
  }
}

/**
 * Asks for TLS on a plain connection (RFC 4511 §4.14). Exactly one answer may have come: what somebody on the way put behind
 * it would else be read as if it had come through TLS.
 */
async function startTls(socket: Socket, signal: AbortSignal): Promise<void> {
  const plain = createExchange(socket);
  const { code } = await plain.ask(
    (messageId) => new ExtendedRequest({ messageId, oid: START_TLS }),
    OP.extended,
    signal,
  );
  plain.release();
  if (plain.hasRest()) throw new Error('it sent something behind its answer to StartTLS');
  if (code !== 0) throw new Error(`it does not speak StartTLS (result code ${code})`);
}

function createConnection(socket: Socket): Connection {
  const exchange = createExchange(socket);
  return {
    get isOpen() {
      return !socket.destroyed && socket.readyState === 'open';
    },
    get isLostUnanswered() {
      return socket.destroyed && !exchange.isAnswered();
    },
    async bind(dn, password, signal) {
      // ldapts takes some names for SASL mechanisms, and an empty DN or password binds nobody (RFC 4513 §5.1.2).
      if (!dn.includes('=') || password === '') throw new TypeError('a bind without a DN or a password binds nobody');
      const { code } = await exchange.ask((messageId) => new BindRequest({ messageId, dn, password }), OP.bind, signal);
      return code;
    },
    search: ({ base, scope, filter, attributes, mostEntries }, signal) =>
      exchange.ask(
        (messageId) =>
          new SearchRequest({
            messageId,
            baseDN: base,
            scope,
            filter,
            attributes: [...attributes],
            sizeLimit: mostEntries,
            timeLimit: SERVER_SECONDS,
          }),
        OP.searchDone,
        signal,
      ),
    close() {
      if (socket.destroyed) return;
      exchange.release();
      // RFC 4511 §4.3: no answer comes.
      socket.end(new UnbindRequest({ messageId: 0x7fffffff }).write());
      socket.destroySoon();
    },
  };
}

/** What the server may spend on a search; we wait less. */
const SERVER_SECONDS = 60;

interface Answer {
  readonly code: ResultCode;
  readonly entries: Entry[];
}

/** One request after the other, each with its own answer and nothing else. */
function createExchange(socket: Socket) {
  const frames = createFrames(MOST_MESSAGE_BYTES);
  let lastId = 0;
  let bytes = 0;
  let take: ((message: Buffer) => void) | null = null;

  const onData = (chunk: Buffer): void => {
    try {
      bytes += chunk.length;
      if (bytes > MOST_ANSWER_BYTES) throw new BadBer(`an answer of more than ${MOST_ANSWER_BYTES} bytes`);
      for (const message of frames.push(chunk)) {
        if (!take) throw new BadBer('a message that nobody asked for');
        take(message);
      }
    } catch (cause) {
      socket.destroy(new Error(`it sent ${cause instanceof BadBer ? cause.message : 'what is no answer'}`, { cause }));
    }
  };
  socket.on('data', onData);

  return {
    hasRest: () => frames.hasRest,
    isAnswered: () => bytes > 0,
    /** @param last - the operation that ends the answer */
    async ask(request: (id: number) => Message, last: number, signal: AbortSignal): Promise<Answer> {
      if (take) throw new TypeError('one operation at a time');
      lastId = (lastId % 0x7fff_fff0) + 1;
      bytes = 0;
      const wanted = lastId;
      const entries: Entry[] = [];
      try {
        return await during<Answer>(socket, signal, (resolve) => {
          take = (bytes) => {
            const { id, op, code } = readMessage(bytes);
            // 0: the server says goodbye (RFC 4511 §4.4.1).
            if (id !== wanted)
              throw new BadBer(id === 0 ? 'a notice of disconnection' : 'an answer to another request');
            if (op.tag === last && code !== null) {
              take = null;
              resolve({ code, entries });
            } else if (last !== OP.searchDone || (op.tag !== OP.entry && op.tag !== OP.reference)) {
              throw new BadBer('an answer of another kind');
            } else if (op.tag === OP.entry) entries.push(readEntry(bytes, op));
          };
          socket.write(request(wanted).write());
        });
      } finally {
        take = null;
      }
    },
    release: () => void socket.off('data', onData),
  };
}
