import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCounters, type Pace } from './counters.ts';

const PACE: Pace = { free: 5, longestWaitMs: 900_000, fadeMs: 900_000 };
const START = 1_800_000_000_000;

/** Fails as often as said, each time as soon as it may. @returns the waits after each failure, in seconds */
function failing(times: number, pace = PACE): number[] {
  const counters = createCounters();
  let now = START;
  return Array.from({ length: times }, () => {
    counters.count('mica', pace, now);
    const wait = counters.waitMs('mica', pace, now);
    now += wait;
    return Math.round(wait / 1000);
  });
}

describe('failures', () => {
  it('cost no wait at first, then a second, then twice as long each time, up to the longest', () => {
    expect(failing(8)).toEqual([0, 0, 0, 0, 1, 2, 4, 8]);
    expect(failing(24).at(-1)).toBe(900);
  });

  it('come to no more than the pace allows, however patient the guesser', () => {
    let now = START;
    let guesses = 0;
    const counters = createCounters();
    while (now < START + 86_400_000) {
      now += counters.waitMs('mica', PACE, now);
      counters.count('mica', PACE, now);
      guesses++;
    }
    // Four an hour, after what is free and the short waits at the beginning.
    expect(guesses).toBeLessThan(24 * 4 + 16);
  });

  it('fade', () => {
    const counters = createCounters();
    for (let i = 0; i < 6; i++) counters.count('mica', PACE, START);
    expect(counters.waitMs('mica', PACE, START)).toBe(2000);
    expect(counters.waitMs('mica', PACE, START + 2000)).toBe(0);
    const later = START + 6 * PACE.fadeMs;
    for (let i = 0; i < 4; i++) counters.count('mica', PACE, later);
    expect(counters.waitMs('mica', PACE, later)).toBe(0);
  });

  it('are forgotten after a success, and taken back one by one', () => {
    const counters = createCounters();
    for (let i = 0; i < 6; i++) counters.count('mica', PACE, START);
    counters.takeBack('mica', PACE, START);
    counters.takeBack('mica', PACE, START);
    expect(counters.waitMs('mica', PACE, START)).toBe(0);
    for (let i = 0; i < 6; i++) counters.count('mica', PACE, START);
    counters.forget('mica');
    expect(counters.waitMs('mica', PACE, START)).toBe(0);
  });

  it('make nobody wait longer for a clock that was put back', () => {
    const counters = createCounters();
    for (let i = 0; i < 6; i++) counters.count('mica', PACE, START);
    expect(counters.waitMs('mica', PACE, START - 86_400_000)).toBe(2000);
    expect(counters.waitMs('mica', PACE, START - 86_400_000 + 2000)).toBe(0);
  });

  it('of a name as long as a header are counted in little room, and as its own', () => {
    const counters = createCounters();
    const long = 'x'.repeat(50_000);
    for (let i = 0; i < 5; i++) counters.count(`${long}1`, PACE, START);
    expect(counters.waitMs(`${long}1`, PACE, START)).toBe(1000);
    expect(counters.waitMs(`${long}2`, PACE, START)).toBe(0);
  });
});

// tinyauth CVE-2026-77561
describe('a flood of other keys', () => {
  it('washes no wait away, and makes nobody wait', () => {
    const most = 100;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 1, max: 4 })), { maxLength: 500 }), (flood) => {
        const counters = createCounters({ most });
        for (let i = 0; i < 7; i++) counters.count('mica', PACE, START);
        for (const [key, times] of new Map(flood)) {
          for (let i = 0; i < times; i++) counters.count(`bogus ${key}`, PACE, START);
        }
        expect(counters.waitMs('mica', PACE, START)).toBe(4000);
        expect(counters.waitMs('mike', PACE, START)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('of a million keys stays bounded', () => {
    const counters = createCounters({ most: 1000 });
    for (let i = 0; i < 7; i++) counters.count('mica', PACE, START);
    for (let i = 0; i < 1_000_000; i++) counters.count(`bogus ${i}`, PACE, START);
    expect(counters.size).toBe(1001);
    expect(counters.waitMs('mica', PACE, START)).toBe(4000);
  });
});
