import winston from 'winston';
import { DashgateError } from '../errors.ts';
import { rootCause } from '../lib/root-cause.ts';
import { createBatches } from './batches.ts';

/** What the rooms log with: a message that never varies, and fields that do. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A line that no level leaves out. */
  audit(message: string, fields?: Fields): void;
}

export type Fields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface LogOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** `auto`: text on a terminal, else JSON, one line a record. */
  readonly format: 'auto' | 'json' | 'text';
  /** Whether audit lines are written; they are at every level. */
  readonly audit?: boolean;
  /** Where lines go, each at once; by default the standard output, in batches. */
  readonly stream?: NodeJS.WritableStream;
  /** Of every line. */
  readonly fields?: Fields;
}

/** Audit stands beside the levels: above all of them, as none leaves it out. */
const LEVELS = { audit: 0, error: 1, warn: 2, info: 3, debug: 4 };

/** Longer text is cut: a client may send a user name as long as a header. */
const LONGEST = 256;

/** The log of a process, in which other processes may write too. */
export interface SharedLog extends Log {
  /** Writes whole lines that a log of this form has made. */
  pass(lines: string): void;
  readonly format: 'json' | 'text';
}

export function createLog({ level, format, audit = true, stream, fields: always }: LogOptions): SharedLog {
  const terminal = stream ?? process.stdout;
  const onTerminal = 'isTTY' in terminal && terminal.isTTY === true;
  const text = format === 'text' || (format === 'auto' && onTerminal);
  const to = stream ?? createBatches();
  const { combine, timestamp, printf } = winston.format;
  const logger = winston.createLogger({
    levels: LEVELS,
    level,
    format: combine(timestamp(), printf(text ? asText : asJson)),
    transports: [new winston.transports.Stream({ stream: to })],
  });
  const write =
    (at: keyof Log) =>
    (message: string, fields: Fields = {}) => {
      logger.log({ level: at, message, fields: capped({ ...always, ...fields }) });
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    audit: audit ? write('audit') : () => {},
    pass: (lines) => void to.write(lines),
    format: text ? 'text' : 'json',
  };
}

/** Message and cause of an error, without a stack: enough for an operator, nothing of a request. */
export function errorFields(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: 'something that is no error was thrown' };
  const cause = rootCause(error)?.message;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { error: error.message, code, cause, ...(error instanceof DashgateError ? {} : { stack: error.stack }) };
}

function capped(fields: Fields): Fields {
  const short = (value: string): string => (value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
  const entries = Object.entries(fields).map(([name, value]) => {
    if (name === 'stack' || value === undefined) return [name, value];
    if (typeof value === 'string') return [name, short(value)];
    return [name, typeof value === 'object' ? value.slice(0, 50).map(short) : value];
  });
  return Object.fromEntries(entries);
}

/** JSON with the controls that it may leave as they are, by which a terminal can be told things (ECMA-48 §5.3, C1), escaped too. */
const spell = (value: unknown): string =>
  (JSON.stringify(value) ?? '').replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const asJson = ({ timestamp, level, message, fields }: winston.Logform.TransformableInfo): string =>
  spell({ time: timestamp, level, message, ...(fields as Fields) });

/** Escaped as JSON is, so that no value can begin a line of its own or colour the terminal. */
function asText({ timestamp, level, message, fields }: winston.Logform.TransformableInfo): string {
  const pairs = Object.entries(fields as Fields).filter(([, value]) => value !== undefined);
  const shown = pairs.map(([name, value]) => ` ${name}=${spell(value)}`);
  return `${timestamp} ${level.padEnd(5)} ${message}${shown.join('')}`;
}
