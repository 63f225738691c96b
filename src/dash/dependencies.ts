import { UpstreamUnusable } from '../errors.ts';
import { idOfKey, parseId } from './section-of-id.ts';
import { isKeyed, type Keyed } from './value.ts';
import type { View } from './view.ts';

/** One `id.property` of a callback, as the app declares it. A dict id may have wildcards: `{"index": ["MATCH"]}`. */
export interface Slot {
  readonly id: unknown;
  readonly property: string;
}

/** A callback, as the app declares it. */
export interface Callback {
  /** Names it in requests, as it stands. */
  readonly output: string;
  /** Empty where it has no output. */
  readonly outputs: readonly Slot[];
  readonly inputs: readonly Slot[];
  readonly state: readonly Slot[];
  /** Whether several outputs were declared, which requests then write as a list. */
  readonly hasList: boolean;
  /** As it came, for whoever may see it. */
  readonly entry: Keyed;
}

/**
 * Reads the answer of `_dash-dependencies`.
 * @throws UpstreamUnusable where it is not what Dash writes
 */
export function readDependencies(answer: unknown): Callback[] {
  if (!Array.isArray(answer)) throw new UpstreamUnusable('the dependencies are not a list');
  return answer.map((entry) => {
    if (!isKeyed(entry) || typeof entry.output !== 'string') throw new UpstreamUnusable('a dependency has no output');
    const isWithout = entry.no_output === true || !entry.output.includes('.');
    const hasList = !isWithout && entry.output.startsWith('..') && entry.output.endsWith('..');
    return {
      output: entry.output,
      outputs: isWithout ? [] : readOutputs(entry.output, hasList),
      inputs: readSlots(entry.inputs),
      state: readSlots(entry.state),
      hasList,
      entry,
    };
  });
}

function readOutputs(output: string, hasList: boolean): Slot[] {
  const parts = hasList ? output.slice(2, -2).split('...') : [output];
  return parts.map((part) => {
    const dot = lastDot(part);
    if (dot < 1) throw new UpstreamUnusable('an output is not an id and a property');
    return { id: parseId(part.slice(0, dot)), property: part.slice(dot + 1) };
  });
}

/** The dot between id and property; one behind a backslash is part of a dict id. */
function lastDot(part: string): number {
  const from = part.startsWith('{') ? part.lastIndexOf('}') : 0;
  return part.indexOf('.', Math.max(from, 0));
}

function readSlots(slots: unknown): Slot[] {
  if (slots === undefined || slots === null) return [];
  if (!Array.isArray(slots)) throw new UpstreamUnusable('the inputs of a dependency are not a list');
  return slots.flat().map((slot) => {
    if (!isKeyed(slot) || typeof slot.property !== 'string' || slot.id === undefined)
      throw new UpstreamUnusable('an input of a dependency is not an id and a property');
    return { id: parseId(slot.id), property: slot.property };
  });
}

/** Whether a callback, as declared, has anything to do with a section that is somebody else's. */
export const isForeign = ({ outputs, inputs, state }: Callback, view: View): boolean =>
  [...outputs, ...inputs, ...state].some(({ id }) => view.isDenied(id));

/** The dependencies that a view may know of, as Dash would have written them. */
export const filterDependencies = (callbacks: readonly Callback[], view: View): Keyed[] =>
  callbacks.filter((callback) => !isForeign(callback, view)).map(({ entry }) => withoutForeign(entry, view));

/** `running` and `cancel` name further ids, which the callback changes or listens to. */
function withoutForeign(entry: Keyed, view: View): Keyed {
  const { running } = entry;
  if (!isKeyed(running)) return entry;
  const kept = Object.entries(running).map(([name, part]) => [name, isKeyed(part) ? keysFor(part, view) : part]);
  return { ...entry, running: Object.fromEntries(kept) };
}

const keysFor = (changes: Keyed, view: View): Keyed =>
  Object.fromEntries(Object.entries(changes).filter(([key]) => !view.isDenied(idOfKey(key))));
