import { BadBody, DashgateError, UpstreamUnusable } from '../errors.ts';
import { parseStrict } from '../lib/strict-json.ts';
import type { Passage } from '../proxy/interpreted.ts';
import type { CallbackBook } from './callback-book.ts';
import { filterAnswer, type SealHandle } from './filter-answer.ts';
import { filterValue } from './filter-layout.ts';
import { whatIsWrong } from './judge-callback.ts';
import { judgeToday } from './judge-today.ts';
import { parseId } from './section-of-id.ts';
import { isTimer } from './timer.ts';
import { isKeyed, type Keyed } from './value.ts';
import type { View } from './view.ts';

/** Callbacks over a websocket, as Dash 4 has them: the same bodies and answers as by POST, each in an envelope. */
export interface Dialogue {
  /** @throws BadBody */
  fromClient(text: Buffer): Promise<Passage>;
  /** @throws UpstreamUnusable */
  fromUpstream(text: Buffer): Promise<Passage>;
}

export interface DialogueOptions {
  /** By today's rules. */
  readonly view: () => View;
  readonly book: CallbackBook;
  readonly base: string;
  readonly deepest: number;
  /** Of the callback with this output. */
  readonly sealOf: (output: string) => SealHandle;
  /** Somebody did something, as against a timer. */
  readonly onUse: () => void;
  readonly onRefused: (why: string) => void;
}

/** What is under way at once, of one websocket. A callback that streams may be under way for as long as its page is open. */
const MOST_OPEN = 1000;
const LONGEST_NAME = 256;

const NOTHING: Passage = { toClient: [], toUpstream: [] };
const toClient = (message: unknown): Passage => ({ toClient: [JSON.stringify(message)], toUpstream: [] });
const toUpstream = (message: unknown): Passage => ({ toClient: [], toUpstream: [JSON.stringify(message)] });

export function createDialogue(options: DialogueOptions): Dialogue {
  const { book, base, deepest, sealOf, onUse, onRefused } = options;
  /** The output of each callback that was let through and not yet answered, by the name of its request. */
  const underWay = new Map<string, string>();
  /** What the app asked the page for, by the name of its question. */
  const asked = new Map<string, { readonly id: unknown; readonly properties: readonly string[] }>();

  async function callback({ rendererId, requestId, payload }: Keyed): Promise<Passage> {
    const [renderer, name] = [nameOf(rendererId), nameOf(requestId)];
    const answer = { type: 'callback_response', rendererId: renderer, requestId: name };
    const refuse = (why: string): Passage => {
      onRefused(why);
      return toClient({ ...answer, payload: { status: 'error', message: 'You may not do this.' } });
    };
    if (underWay.has(name)) return refuse('a request by that name is under way');
    if (underWay.size >= MOST_OPEN) return refuse('too many callbacks are under way');
    if (!isTimer(payload)) onUse();
    try {
      const judgement = await judgeToday(payload, book, base, options.view());
      if (judgement.kind !== 'pass') return refuse(judgement.why);
      underWay.set(name, judgement.callback.output);
      return toUpstream({ type: 'callback_request', rendererId: renderer, requestId: name, payload });
    } catch (error) {
      if (error instanceof DashgateError) return refuse(error.message);
      throw error;
    }
  }

  /** What a component of the page is now: the app asked for it. */
  function properties({ requestId, payload }: Keyed): Passage {
    const name = nameOf(requestId);
    const question = asked.get(name);
    if (!question || !isKeyed(payload)) {
      onRefused('nobody asked for these properties');
      return NOTHING;
    }
    asked.delete(name);
    const { id } = question;
    const view = options.view();
    const told: Keyed = {};
    for (const property of question.properties) {
      const value = payload[property];
      const why = whatIsWrong({ id, property, value }, view.isOwn(id), view);
      if (why !== null) onRefused(why);
      else if (value !== undefined) told[property] = value;
    }
    return toUpstream({ type: 'get_props_response', requestId: name, payload: told });
  }

  function answered(message: Keyed, view: View): Keyed | null {
    const { rendererId, requestId, payload } = message;
    const name = nameOf(requestId);
    const output = underWay.get(name);
    if (output === undefined || !isKeyed(payload)) return null;
    underWay.delete(name);
    const answer = { type: 'callback_response', rendererId: nameOf(rendererId), requestId: name };
    if (payload.status === 'prevent_update') return { ...answer, payload: { status: 'prevent_update' } };
    if (payload.status !== 'ok') return { ...answer, payload: { status: 'error', message: FAILED } };
    return { ...answer, payload: { status: 'ok', data: filterAnswer(payload.data, view, sealOf(output)) } };
  }

  /** @returns what the client gets of a message, and what the app gets in the client's place */
  function said(message: Keyed, view: View): { client: Keyed | null; upstream?: Keyed } {
    const { type, rendererId, requestId, payload } = message;
    if (type === 'heartbeat_ack') return { client: { type } };
    if (type === 'callback_response') return { client: answered(message, view) };
    if (type === 'error') return { client: { type, rendererId: nameOf(rendererId), payload: { message: FAILED } } };
    if (!isKeyed(payload)) return { client: null };
    const { componentId, props, properties: wanted } = payload;
    if (type === 'set_props') {
      if (view.isDenied(componentId) || !isKeyed(props)) return { client: null };
      const filtered = filterValue(props, view);
      return { client: { type, rendererId: nameOf(rendererId), payload: { componentId, props: filtered } } };
    }
    if (type === 'get_props_request') {
      const name = nameOf(requestId);
      const isText = (each: unknown): each is string => typeof each === 'string' && each !== '__proto__';
      if (view.isDenied(componentId) || !Array.isArray(wanted) || !wanted.every(isText) || asked.size >= MOST_OPEN)
        return { client: null, upstream: { type: 'get_props_response', requestId: name, payload: {} } };
      asked.set(name, { id: parseId(componentId), properties: wanted });
      return {
        client: { type, rendererId: nameOf(rendererId), requestId: name, payload: { componentId, properties: wanted } },
      };
    }
    return { client: null };
  }

  return {
    async fromClient(text) {
      const message = parseStrict(text, { deepest });
      if (!isKeyed(message)) throw new BadBody('a message is not an object');
      const { type } = message;
      if (Object.keys(message).some((key) => !KEYS.has(key))) throw new BadBody('a message has a key that none has');
      if (type === 'heartbeat') return toUpstream({ type });
      if (type === 'callback_request') return callback(message);
      if (type === 'get_props_response') return properties(message);
      throw new BadBody('a message is of no known kind');
    },
    async fromUpstream(text) {
      const given = parseAnswer(text);
      const view = options.view();
      const passed = (Array.isArray(given) ? given : [given]).map((message: unknown) => {
        if (!isKeyed(message)) throw new UpstreamUnusable('a message of the app is not an object');
        return said(message, view);
      });
      const kept = passed.flatMap(({ client }) => client ?? []);
      return {
        toClient: kept.length > 0 ? [JSON.stringify(Array.isArray(given) ? kept : kept[0])] : [],
        toUpstream: passed.flatMap(({ upstream }) => (upstream ? [JSON.stringify(upstream)] : [])),
      };
    },
  };
}

const KEYS = new Set(['type', 'rendererId', 'requestId', 'payload']);
/** In the place of what a failed callback says of itself, which may be data. */
const FAILED = 'The dashboard could not answer.';

/** @throws BadBody */
function nameOf(given: unknown): string {
  if (typeof given !== 'string' || given.length > LONGEST_NAME) throw new BadBody('a name of a message is no text');
  return given;
}

function parseAnswer(text: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (cause) {
    throw new UpstreamUnusable('a message of the app is not JSON', { cause });
  }
}
