import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a reader was given of a connection since it last owed nothing, and what came of it. One character a byte. */
export interface Asked {
  given: string;
  answer: string;
  /** How many heads it found therein. */
  requests: number;
}

const HEAD_END = '\r\n\r\n';

/**
 * Whether all that was given was one request, to the last byte, and it was read and answered, and another may follow. By two
 * counts that have to agree: the reader's, which found one request and its end, and that of the bytes.
 * @returns `head` where it was nothing but a head; `null` where it cannot be said
 */
export function wholeRequest(
  { given, requests }: Asked,
  incoming: IncomingMessage,
  response: ServerResponse,
): 'head' | 'with-body' | null {
  if (requests !== 1 || !incoming.complete || !response.writableFinished || !response.shouldKeepAlive) return null;
  const bodyBytes = bodyBytesOf(incoming);
  const headEnd = given.indexOf(HEAD_END);
  if (headEnd === -1 || bodyBytes === null || given.length !== headEnd + HEAD_END.length + bodyBytes) return null;
  return bodyBytes === 0 ? 'head' : 'with-body';
}

/** How long the body was, where that was said; `null` where only its reader knows where it ended. */
function bodyBytesOf({ headers }: IncomingMessage): number | null {
  if (headers['transfer-encoding'] !== undefined || headers.upgrade !== undefined) return null;
  const length = headers['content-length'] ?? '0';
  return /^\d{1,9}$/.test(length) ? Number(length) : null;
}
