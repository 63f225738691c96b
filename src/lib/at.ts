/** What stands at a step-by-step path of an answer. */
export function at(value: unknown, ...steps: readonly string[]): unknown {
  let here = value;
  for (const step of steps) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}

/** The same, where it is a text. */
export function textAt(value: unknown, ...steps: readonly string[]): string | null {
  const found = at(value, ...steps);
  return typeof found === 'string' && found !== '' ? found : null;
}
