/** From the largest to the smallest, in milliseconds. */
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

const DURATION = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/;

/**
 * Reads `8h`, `90s`, `250ms` or `1h30m`: whole numbers, largest unit first. A bare number has no unit and is not one.
 * @returns milliseconds, or `null` where the text is not a duration
 */
export function parseDuration(text: string): number | null {
  const counts = DURATION.exec(text)?.slice(1);
  if (!counts || text === '') return null;
  return UNITS.reduce((sum, [, ms], i) => sum + Number(counts[i] ?? 0) * ms, 0);
}

/** Writes milliseconds as {@link parseDuration} reads them: `5_400_000` is `1h30m`. Whole and not negative. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = '';
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text || '0s';
}
