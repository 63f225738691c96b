import { isMap, isScalar, isSeq, type Scalar } from 'yaml';

/**
 * The keys that stand in their map before, in the order of the text. The parser's own check (`uniqueKeys`) compares each key with
 * all before it: minutes for the users of a large company.
 */
export function repeatedKeys(node: unknown): Scalar[] {
  if (isSeq(node)) return node.items.flatMap(repeatedKeys);
  if (!isMap(node)) return [];
  const seen = new Set<unknown>();
  return node.items.flatMap(({ key, value }) => {
    const repeated = isScalar(key) && seen.has(key.value) ? [key] : [];
    if (isScalar(key)) seen.add(key.value);
    return [...repeated, ...repeatedKeys(value)];
  });
}
