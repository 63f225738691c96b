import type { IncomingHttpHeaders } from 'node:http';
import type { Call } from './call.ts';

/** By lower-cased name; several of one name are joined (RFC 9110 §5.3), but of a content type the first counts. */
export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

type Raw = readonly (Buffer | string)[];

/** What an upstream says of its answer. */
export interface Head {
  readonly statusCode: number;
  readonly statusMessage: string;
  /** Names and values in turns, as they came, a character a byte. */
  readonly rawHeaders: readonly string[];
  readonly headers: AnswerHeaders;
}

/** The head of an upstream's answer, and the hold on its body. */
export class Answer implements Head {
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly rawHeaders: readonly string[];
  readonly #call: Call;
  #headers: AnswerHeaders | null = null;

  constructor(
    call: Call,
    statusCode: number,
    statusMessage: string,
    raw: Raw | IncomingHttpHeaders | null | undefined,
  ) {
    this.#call = call;
    this.statusCode = statusCode;
    this.statusMessage = asBytes(statusMessage);
    const rawHeaders: string[] = [];
    if (Array.isArray(raw)) {
      for (const each of raw) rawHeaders.push(typeof each === 'string' ? each : each.toString('latin1'));
    }
    this.rawHeaders = rawHeaders;
  }

  get headers(): AnswerHeaders {
    this.#headers ??= read(this.rawHeaders);
    return this.#headers;
  }

  /** More of the body may come. */
  resume(): void {
    this.#call.resume();
  }

  /** Nothing more of it is wanted. */
  abort(): void {
    this.#call.abort();
  }
}

function read(raw: readonly string[]): AnswerHeaders {
  const headers: Record<string, string | undefined> = Object.create(null);
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? '';
    const before = headers[name];
    if (before === undefined) headers[name] = raw[index + 1];
    else if (name !== 'content-type') headers[name] = `${before}, ${raw[index + 1]}`;
  }
  return headers;
}

/** The reason phrase was read as UTF-8, and is passed on byte by byte; where it was none, nothing is lost with it. */
function asBytes(phrase: string): string {
  if (/^[\t\x20-\x7e]*$/.test(phrase)) return phrase;
  return phrase.includes('\ufffd') ? phrase.replace(/[^\t\x20-\x7e]/g, '?') : Buffer.from(phrase).toString('latin1');
}
