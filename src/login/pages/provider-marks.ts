import type { OwnPaths } from '../../lib/own-paths.ts';
import { type Html, html } from './html.ts';

/** What stands at the left of a provider's button. */
export type ProviderMark =
  /** A drawing of ours in the provider's colour, by its type; for a type that has none, the first letter of its name. */
  | { readonly kind: 'drawn'; readonly type: string }
  /** Name of an asset: the operator's own picture. */
  | { readonly kind: 'picture'; readonly asset: string };

interface Drawing {
  /** Carries white with 4.5:1. */
  readonly ground: string;
  /** Lines in a square of 28, each drawn in white. */
  readonly lines: readonly string[];
}

/** A line that turns into a dot: so a drawing is lines and nothing else. */
const dot = (x: number, y: number): string => `M${x} ${y}h.01`;

const CLOUD = 'M9.5 19.5a3.9 3.9 0 0 1-.4-7.8 5.2 5.2 0 0 1 10-.6 4.2 4.2 0 0 1-.4 8.4z';

/** Of none of them the logo, which belongs to its owner: a thing that it brings to mind, in its colour. */
const DRAWINGS: Readonly<Record<string, Drawing>> = {
  github: { ground: '#2b3137', lines: ['M10 9.5v9M10 15.5c0-3 8-2 8-6', dot(10, 8), dot(10, 20), dot(18, 8)] },
  gitlab: { ground: '#b8400e', lines: ['M9 9.5v9M9 10c0 4 10 3 10 8.5', dot(9, 8), dot(9, 20), dot(19, 20)] },
  bitbucket: { ground: '#0f56b3', lines: ['M7.5 9.5h13l-2 11h-9zM10.5 14.5h7'] },
  google: { ground: '#1a66d0', lines: ['M19 10.3a6.3 6.3 0 1 0 1.3 4.2h-5.8'] },
  azure: { ground: '#0a63ad', lines: [CLOUD] },
  okta: { ground: '#1d45a8', lines: ['M14 8a6 6 0 1 1 0 12 6 6 0 0 1 0-12', dot(14, 14)] },
  auth0: { ground: '#8f3316', lines: ['M9 13h10v7.5H9zM11 13v-2a3 3 0 0 1 6 0v2', dot(14, 16.7)] },
  keycloak: { ground: '#3f6173', lines: ['M10.5 11a3 3 0 1 1 0 6 3 3 0 0 1 0-6M13.5 14h7v3M17.5 14v2'] },
};

/** Types that are another by a further name. */
const SAME: Readonly<Record<string, string>> = { azurev2: 'azure' };

/** The types that have a drawing. */
export const DRAWN = Object.entries(DRAWINGS).map(([type, { ground }]) => ({ type, ground }));

/** Says nothing to a screen reader: the name stands beside it. */
export function providerMark(own: OwnPaths, mark: ProviderMark, name: string): Html {
  if (mark.kind === 'picture')
    return html`<img class="tile" src="${own.asset(mark.asset)}" alt="" width="28" height="28">`;
  const type = SAME[mark.type] ?? mark.type;
  const drawing = Object.hasOwn(DRAWINGS, type) ? DRAWINGS[type] : undefined;
  if (!drawing) return html`<span class="tile letter" aria-hidden="true">${[...name][0]?.toUpperCase() ?? ''}</span>`;
  return html`<svg class="tile" aria-hidden="true" viewBox="0 0 28 28" width="28" height="28"><rect width="28" height="28" rx="6" fill="${drawing.ground}"></rect><g fill="none" stroke="#ffffff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${drawing.lines.map(
    (line) => html`<path d="${line}"${line.endsWith('h.01') && html` stroke-width="4"`}></path>`,
  )}</g></svg>`;
}
