/** The colour behind the top of a page, which a phone's browser continues into its own bar. */
export const PANEL_COLOURS = { light: '#0f3b3c', dark: '#0a2627' } as const;

/**
 * Each colour that carries text has 4.5:1 on its ground, each that carries a shape 3:1 (WCAG 2.2, 1.4.3 and 1.4.11), in
 * both schemes: the test computes it from these lines.
 */
const COLOURS = `
:root {
  color-scheme: light dark;
  --panel: ${PANEL_COLOURS.light};
  --panel-ink: #eef7f4;
  --paper: #f6f9f8;
  --ink: #14201f;
  --muted: #50605d;
  --field: #ffffff;
  --edge: #7a8b87;
  --line: #d5dfdc;
  --action: #0e6061;
  --action-over: #0a4a4b;
  --action-ink: #ffffff;
  --link: #0e6061;
  --focus: #b26a00;
  --notice: #e2f0ed;
  --notice-ink: #153f3e;
  --problem: #fcebe8;
  --problem-ink: #8c1f17;
}
@media (prefers-color-scheme: dark) {
  :root {
    --panel: ${PANEL_COLOURS.dark};
    --panel-ink: #e2efeb;
    --paper: #111918;
    --ink: #e5edea;
    --muted: #a0b1ad;
    --field: #192422;
    --edge: #6f827d;
    --line: #2b3a37;
    --action: #86d3c5;
    --action-over: #a9e3d8;
    --action-ink: #06201e;
    --link: #8fd9cb;
    --focus: #f0b94d;
    --notice: #17322f;
    --notice-ink: #c6e8e0;
    --problem: #3b1916;
    --problem-ink: #ffcbc4;
  }
}
`;

const SHAPES = `
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  min-height: 100vh;
  min-height: 100dvh;
  display: grid;
  grid-template: auto 1fr auto / minmax(0, 1fr);
  background: var(--paper);
  color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere;
}
h1, h2, p, ul { margin: 0; }
h1 { font-size: 1.75rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; text-wrap: balance; margin-bottom: 1.25rem; }
h2 { font-size: 1.0625rem; line-height: 1.3; font-weight: 650; margin: 2rem 0 0.5rem; }
a { color: var(--link); text-underline-offset: 0.2em; }
strong { font-weight: 650; }
.name { font-weight: 600; }
code { font: 0.9375em/1 ui-monospace, "SF Mono", "Cascadia Mono", Consolas, "DejaVu Sans Mono", monospace; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }

.panel { background: var(--panel); color: var(--panel-ink); display: flex; flex-direction: column; }
.panel::after { content: ""; height: 2.75rem; background: url("LOW") left 0.25rem bottom / auto 100% repeat-x; }
.brand { display: flex; align-items: center; flex-wrap: wrap; gap: 0.875rem; padding: 1.25rem 1.25rem 0.5rem; }
.brand-title { font-size: 1.125rem; line-height: 1.3; font-weight: 600; flex: 1 1 11rem; min-width: 0; }
.mark { width: 2.75rem; height: 2.75rem; flex: none; }
.logo { max-width: 60%; max-height: 2.75rem; flex: none; object-fit: contain; padding: 0.375rem 0.5rem; background: #ffffff; border-radius: 0.5rem; }

main { width: 100%; max-width: 30rem; margin: 0 auto; padding: 2rem 1.25rem 2.5rem; }
main > p + p { margin-top: 0.75rem; }
footer { width: 100%; max-width: 30rem; margin: 0 auto; padding: 0 1.25rem 1.5rem; color: var(--muted); font-size: 0.875rem; white-space: pre-line; }

.field { margin-bottom: 1.125rem; }
label { display: block; margin-bottom: 0.375rem; font-weight: 600; font-size: 0.9375rem; }
.check { display: flex; align-items: center; gap: 0.75rem; min-height: 2.75rem; margin-bottom: 0.375rem; }
.check label { flex: 1; margin: 0; padding: 0.625rem 0; font-weight: 400; }
.check input { width: 1.375rem; height: 1.375rem; flex: none; margin: 0; accent-color: var(--action); }
.check input[type="radio"], .check input[type="checkbox"] { cursor: pointer; }
.nested { padding-inline-start: 2.125rem; }
fieldset { margin: 0 0 1.5rem; padding: 0; border: 0; min-width: 0; }
legend { padding: 0; margin-bottom: 0.25rem; font-weight: 600; font-size: 0.9375rem; }
input:not([type="hidden"], [type="checkbox"], [type="radio"]), select {
  display: block; width: 100%; min-height: 3rem; padding: 0.5rem 0.875rem;
  font: inherit; font-size: 1rem; color: var(--ink);
  background: var(--field); border: 1px solid var(--edge); border-radius: 0.5rem;
}
select {
  appearance: none; padding-inline-end: 2.5rem; background-repeat: no-repeat; background-size: 0.375rem 0.375rem;
  background-image: linear-gradient(45deg, transparent 50%, var(--muted) 50%), linear-gradient(135deg, var(--muted) 50%, transparent 50%);
  background-position: right 1.25rem center, right 0.875rem center;
}
@media (forced-colors: active) { select { appearance: auto; } }
input:hover, select:hover { border-color: var(--ink); }
input:focus-visible, select:focus-visible { outline-offset: 0; border-color: transparent; }
input[aria-invalid="true"]:not(:focus-visible) { border-color: var(--problem-ink); }

.button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 3rem; padding: 0.625rem 1.5rem;
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
  color: var(--action-ink); background: var(--action); border: 1px solid transparent; border-radius: 0.5rem;
  transition: background-color 120ms ease-out;
}
.button:hover { background: var(--action-over); }
.button:active { transform: translateY(1px); }
.button.quiet { color: var(--link); background: transparent; border-color: var(--edge); }
.button.quiet:hover { background: var(--notice); color: var(--notice-ink); }
.button.wide { width: 100%; margin-top: 0.5rem; }
.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1.75rem; }
main > p:not([class]) + form:not([class]) { margin-top: 1.25rem; }
main > p + .button { margin-top: 1.5rem; }

.notice, .problem { padding: 0.75rem 1rem; margin-bottom: 1.5rem; border-radius: 0.5rem; border: 1px solid transparent; }
.notice { background: var(--notice); color: var(--notice-ink); }
.problem { background: var(--problem); color: var(--problem-ink); font-weight: 600; }
.card { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.75rem 1rem; padding: 1rem; background: var(--notice); color: var(--notice-ink); border: 1px solid transparent; border-radius: 0.625rem; }
.card p { flex: 1 1 11rem; }
.hint { color: var(--muted); margin-bottom: 1.25rem; }
.token { margin: 0.375rem 0 1.25rem; padding: 0.75rem 0.875rem; background: var(--field); border: 1px solid var(--edge); border-radius: 0.5rem; }
.token code { line-height: 1.55; -webkit-user-select: all; user-select: all; overflow-wrap: anywhere; }
.hint.spaced { margin: 1.25rem 0 -0.75rem; }
.hint + .problem { margin-top: 0; }
.reference { margin-top: 1.75rem; color: var(--muted); font-size: 0.875rem; }
.reference + .reference { margin-top: 0.25rem; }

.providers .provider { margin: 0 0 0.75rem; justify-content: flex-start; gap: 0.875rem; padding-inline: 0.75rem; color: var(--ink); text-align: start; }
.tile { flex: none; width: 1.75rem; height: 1.75rem; border-radius: 0.375rem; box-shadow: 0 0 0 1px var(--line); object-fit: contain; }
.letter { display: grid; place-items: center; background: var(--action); color: var(--action-ink); font-size: 0.9375rem; line-height: 1; }
.down { margin: -0.25rem 0 1rem; }
.or { display: flex; align-items: center; gap: 1rem; margin: 1.25rem 0; color: var(--muted); font-size: 0.9375rem; }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }

.apps { list-style: none; padding: 0; margin-top: 1.25rem; border-top: 1px solid var(--line); }
h2 + .apps { margin-top: 0.75rem; }
.apps a, .apps button { display: flex; align-items: center; gap: 1rem; min-height: 3.25rem; padding: 0.75rem 0; font-weight: 600; text-decoration: none; border-bottom: 1px solid var(--line); }
.apps a::after, .apps button::after { content: "" / ""; flex: none; width: 0.5rem; height: 0.5rem; margin-inline: auto 0.25rem; border: solid currentColor; border-width: 2px 2px 0 0; transform: rotate(45deg); }
.apps button { width: 100%; color: var(--link); background: none; border-width: 0 0 1px; border-radius: 0; font: inherit; font-weight: 600; text-align: start; cursor: pointer; }
.apps a:hover, .apps button:hover { text-decoration: underline; }

.sessions { list-style: none; padding: 0; margin-top: 1.25rem; border-top: 1px solid var(--line); }
.sessions li { display: flex; align-items: center; justify-content: space-between; gap: 1rem; min-height: 3.25rem; padding: 0.875rem 0; border-bottom: 1px solid var(--line); }
.sessions li > div { min-width: 0; }
.sessions form { flex: none; }
.detail { color: var(--muted); font-size: 0.9375rem; }
.badge { display: inline-block; padding: 0 0.5rem; margin-inline-start: 0.25rem; background: var(--notice); color: var(--notice-ink); border: 1px solid transparent; border-radius: 0.375rem; font-size: 0.875rem; }

@media (min-width: 56rem) {
  body { grid-template: 1fr auto / clamp(20rem, 38vw, 36rem) minmax(0, 1fr); }
  .panel { grid-row: 1 / -1; align-self: start; position: sticky; top: 0; min-height: 100vh; }
  .brand { flex-direction: column; align-items: flex-start; gap: 1.5rem; padding: 3.5rem 3rem 2rem; }
  .brand-title { flex: none; font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.015em; text-wrap: balance; max-width: 100%; }
  .mark { width: 3.5rem; height: 3.5rem; }
  .logo { max-width: 100%; max-height: 4.5rem; padding: 0.625rem 0.875rem; }
  .panel::after { flex: 1 1 0; height: auto; background: url("HIGH") left 2.5rem bottom / 30rem auto repeat-x; }
  main { align-self: center; max-width: 33rem; padding: 3rem 4rem; }
  footer { max-width: 33rem; padding: 0 4rem 2rem; }
}

@media (prefers-reduced-motion: reduce) {
  .button { transition: none; }
  .button:active { transform: none; }
}

@media (forced-colors: active) {
  .panel { border: solid CanvasText; border-width: 0 1px 1px 0; }
  .panel::after { background-image: none; height: 0; }
  .button { border-color: ButtonText; }
}
`;

/** @param images - names of the drawings that the sheet lays behind the panel, in the folder that it is in itself */
export const stylesheetText = (images: { readonly high: string; readonly low: string }): string =>
  `${COLOURS}${SHAPES.replace('HIGH', images.high).replace('LOW', images.low)}`.trimStart();
