import { isDeepStrictEqual } from 'node:util';
import type { Callback, Slot } from './dependencies.ts';
import { isForeign } from './dependencies.ts';
import { idOfKey, parseId } from './section-of-id.ts';
import { isKeyed, type Keyed } from './value.ts';
import type { View } from './view.ts';

/** What became of a look at a callback. A refusal says why to the log; a client is told nothing of it. */
export type Judgement =
  | { readonly kind: 'pass'; readonly callback: Callback }
  /** The app may have changed since its dependencies were read: worth reading them anew. */
  | { readonly kind: 'unlike'; readonly why: string }
  | { readonly kind: 'refuse'; readonly why: string };

const KNOWN_KEYS = new Set(['output', 'outputs', 'inputs', 'state', 'changedPropIds', 'parsedChangedPropsIds']);
const SLOT_KEYS = new Set(['id', 'property', 'value', 'allow_optional']);

const refuse = (why: string): Judgement => ({ kind: 'refuse', why });
const unlike = (why: string): Judgement => ({ kind: 'unlike', why });

/**
 * Judges the body of a callback by what the app declared of it: Dash compares neither inputs nor state with the declaration, so
 * nothing that the body says of itself proves anything.
 * @param find - the callbacks that the app declares under an output
 */
export function judgeCallback(body: unknown, find: (output: string) => readonly Callback[], view: View): Judgement {
  if (!isKeyed(body)) return refuse('the body is not an object');
  const stray = Object.keys(body).find((key) => !KNOWN_KEYS.has(key));
  if (stray !== undefined) return refuse('the body has a key that no callback has');
  if (typeof body.output !== 'string') return refuse('the body names no output');
  const declared = find(body.output);
  if (declared.length === 0) return unlike('the app declares no such callback');
  // Of several under one output all must be this identity's; any of them may be meant.
  if (declared.some((callback) => isForeign(callback, view)))
    return refuse('the callback has to do with another section');
  let last: Judgement = unlike('the app declares no such callback');
  for (const callback of declared) {
    last = judgeAgainst(body, callback, view);
    if (last.kind === 'pass') return last;
  }
  return last;
}

function judgeAgainst(body: Keyed, callback: Callback, view: View): Judgement {
  const outputs = callback.outputs.length === 0 ? isEmpty(body.outputs) && [] : asList(body.outputs, callback);
  if (outputs === false || outputs === null) return unlike('the outputs are not those that were declared');
  const concrete: Concrete[] = [];
  const parts: [unknown, readonly Slot[]][] = [
    [outputs, callback.outputs],
    [body.inputs, callback.inputs],
    [callback.state.length === 0 && isEmpty(body.state) ? [] : body.state, callback.state],
  ];
  for (const [given, slots] of parts) {
    const matched = matchAll(given, slots);
    if (!matched) return unlike('the body is not what was declared');
    concrete.push(...matched);
  }
  if (concrete.some(({ id }) => view.isDenied(id))) return refuse('an id is in another section');
  const changed = changedIds(body);
  if (!changed) return refuse('what has changed is not a list of ids');
  if (changed.some((id) => view.isDenied(id))) return refuse('what has changed is in another section');
  for (const { id, property, value, slot } of concrete) {
    // By the declaration: code for an id with wildcards is code for every section.
    const why = whatIsWrong({ id, property, value }, view.isOwn(slot.id), view);
    if (why !== null) return refuse(why);
  }
  return { kind: 'pass', callback };
}

/**
 * Why a value may not be shown to the app as what a property of a component is.
 * @param isOwn - whether the code that reads it is that of a section which this identity holds
 */
export function whatIsWrong(
  { id, property, value }: { readonly id: unknown; readonly property: string; readonly value: unknown },
  isOwn: boolean,
  view: View,
): string | null {
  if (value === undefined || value === null) return null;
  // What the app reads as a component's id has to be its id.
  if (property === 'id' && !isDeepStrictEqual(parseId(value), id)) return 'a state is another id than its own';
  if (isOwn || isFree(id, property, view)) return null;
  if (view.namesDenied(value)) return 'a shared value names another section';
  if (/^(?:pathname|href)$/.test(property) && typeof value === 'string' && view.deniedOn(value).length > 0)
    return 'the path is in another section';
  return null;
}

const isEmpty = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.length === 0);

/** A single output is written without the list around it. */
function asList(outputs: unknown, { hasList }: Callback): unknown[] | null {
  if (hasList) return Array.isArray(outputs) ? outputs : null;
  return outputs === undefined ? null : [outputs];
}

interface Concrete {
  readonly id: unknown;
  readonly property: string;
  readonly value: unknown;
  /** As it was declared. */
  readonly slot: Slot;
}

/** @returns every id of a list, with its value; `null` where the list is not as declared */
function matchAll(given: unknown, slots: readonly Slot[]): Concrete[] | null {
  if (!Array.isArray(given) || given.length !== slots.length) return null;
  const all: Concrete[] = [];
  for (const [i, slot] of slots.entries()) {
    const several: unknown = given[i];
    if (Array.isArray(several) !== isMany(slot.id)) return null;
    for (const one of Array.isArray(several) ? several : [several]) {
      const concrete = match(one, slot);
      if (!concrete) return null;
      all.push(concrete);
    }
  }
  return all;
}

function match(one: unknown, slot: Slot): Concrete | null {
  if (!isKeyed(one) || Object.keys(one).some((key) => !SLOT_KEYS.has(key))) return null;
  const { id: written, property, value } = one;
  if (property !== slot.property) return null;
  const id = parseId(written);
  return matchesId(id, slot.id, 'value' in one && value === null) ? { id, property, value, slot } : null;
}

/** @param mayBePattern - what is not on the page stands for itself, with the value null */
function matchesId(id: unknown, declared: unknown, mayBePattern: boolean): boolean {
  if (!isKeyed(declared)) return typeof id === 'string' && id === declared;
  if (!isKeyed(id)) return false;
  if (mayBePattern && isDeepStrictEqual(id, declared)) return true;
  const keys = Object.keys(declared);
  if (Object.keys(id).length !== keys.length) return false;
  return keys.every((key) => {
    if (!Object.hasOwn(id, key)) return false;
    const part = id[key];
    if (typeof part === 'object') return false;
    return isWildcard(declared[key]) || part === declared[key];
  });
}

const wildcardOf = (part: unknown): unknown => (Array.isArray(part) && part.length === 1 ? part[0] : undefined);
const isWildcard = (part: unknown): boolean => ['MATCH', 'ALL', 'ALLSMALLER'].includes(String(wildcardOf(part)));
/** `ALL` and `ALLSMALLER` stand for a list. */
const isMany = (id: unknown): boolean =>
  isKeyed(id) && Object.values(id).some((part) => ['ALL', 'ALLSMALLER'].includes(String(wildcardOf(part))));

/** @returns every id that is said to have changed, `null` where that cannot be read */
function changedIds({ changedPropIds = [], parsedChangedPropsIds = [] }: Keyed): unknown[] | null {
  if (!Array.isArray(changedPropIds) || !Array.isArray(parsedChangedPropsIds)) return null;
  const keys = changedPropIds.map((key: unknown) => (typeof key === 'string' ? parseId(idOfKey(key)) : null));
  const parsed = parsedChangedPropsIds.map((id: unknown) =>
    typeof id === 'string' ? parseId(idOfKey(id)) : isKeyed(id) ? id : null,
  );
  const all = [...keys, ...parsed];
  return all.some((id) => id === null || (isKeyed(id) && Object.values(id).some((part) => typeof part === 'object')))
    ? null
    : all;
}

function isFree(id: unknown, property: string, { rules }: View): boolean {
  return typeof id === 'string' && rules.freeValues.has(`${id.toLowerCase()}.${property}`);
}
