import { expect, it } from 'vitest';
import { stylesheet } from './assets.ts';
import { DRAWN } from './provider-marks.ts';
import { stylesheetText } from './stylesheet.ts';

const css = stylesheetText({ high: '/high.svg', low: '/low.svg' });

/** The colours of a block of custom properties, by name. */
const colours = (block: string | undefined): Record<string, string> =>
  Object.fromEntries(
    [...(block ?? '').matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  );

const [light, dark] = [...css.matchAll(/:root \{([^}]*)\}/g)].map((match) => colours(match[1]));
const schemes = [
  ['light', { ...light }],
  ['dark', { ...light, ...dark }],
] as const;

/** Relative luminance (WCAG 2.2). */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dim = 0, bright = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dim + 0.05);
}

it('measures contrast as the standard does', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

/** What is read, the ground that it is read on, and the least contrast: 4.5 for text, 3 for shapes. */
const PAIRS: readonly (readonly [string, string, number])[] = [
  ['panel-ink', 'panel', 4.5],
  ['ink', 'paper', 4.5],
  ['ink', 'field', 4.5],
  ['muted', 'paper', 4.5],
  ['link', 'paper', 4.5],
  ['action-ink', 'action', 4.5],
  ['action-ink', 'action-over', 4.5],
  ['notice-ink', 'notice', 4.5],
  ['problem-ink', 'problem', 4.5],
  ['edge', 'paper', 3],
  ['edge', 'field', 3],
  ['action', 'paper', 3],
  ['action', 'notice', 3],
  ['focus', 'paper', 3],
  ['focus', 'notice', 3],
  ['problem-ink', 'field', 3],
];

it.each(schemes.flatMap(([scheme, values]) => PAIRS.map((pair) => [scheme, ...pair, values] as const)))(
  '%s: %s on %s has at least %d:1',
  (_scheme, front, ground, least, values) => {
    expect(contrast(values[front] ?? '#000000', values[ground] ?? '#000000')).toBeGreaterThanOrEqual(least);
  },
);

it.each(DRAWN)('the white drawing of $type has 4.5:1 on its ground', ({ ground }) => {
  expect(contrast('#ffffff', ground)).toBeGreaterThanOrEqual(4.5);
});

it('names a colour only where colours are defined, so that both schemes cover everything', () => {
  const rules = css.replace(/:root \{[^}]*\}/g, '');
  const named = new Set([...rules.matchAll(/#[0-9a-f]{3,8}\b/gi)].map(([colour]) => colour));
  expect([...named]).toEqual(['#ffffff']); // the plate under a logo, whose colours are not ours
  const used = [...rules.matchAll(/var\(--([\w-]+)\)/g)].map(([, name]) => name ?? '');
  for (const name of used) expect(light?.[name], name).toBeDefined();
});

it('loads nothing but our own assets', () => {
  const addresses = [...String(stylesheet.body).matchAll(/url\("([^"]*)"\)/g)].map(([, address]) => address);
  expect(addresses).toHaveLength(2);
  for (const address of addresses) expect(address).toMatch(/^[0-9a-f]{16}\.svg$/);
  expect(String(stylesheet.body)).not.toMatch(/@import|https?:/);
});
