/** How likely a value of `a` is above one of `b` (area under the ROC curve): 0.5 where nothing tells the two apart. */
export function areaUnderCurve(a: readonly number[], b: readonly number[]): number {
  const above = a.flatMap((x) => b.map((y): number => (x > y ? 1 : x === y ? 0.5 : 0)));
  return above.reduce((sum, one) => sum + one, 0) / above.length;
}
