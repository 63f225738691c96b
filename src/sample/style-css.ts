export const styleCss = `
:root {
  color-scheme: light dark;
  --page: #f4f6f8; --card: #ffffff; --line: #dfe4ea; --ink: #16212e; --soft: #56657a;
  --main: #0b6e75; --main-soft: #0b6e7522; --second: #b4540a; --good: #1b7a3d; --bad: #b3261e; --bar: #0f2b36; --bar-ink: #eaf3f5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f151b; --card: #18212a; --line: #2b3845; --ink: #e8eef4; --soft: #9fb0c2;
    --main: #4cc4cc; --main-soft: #4cc4cc26; --second: #f0a35e; --good: #6cd391; --bad: #ff8a80; --bar: #0a2029;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
p, h1, h2, ol { margin: 0; }
a { color: inherit; }
:focus-visible { outline: 3px solid var(--second); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--card); padding: 8px 12px; z-index: 2; }

.bar { background: var(--bar); color: var(--bar-ink); display: flex; flex-wrap: wrap; align-items: center; gap: 8px 28px; padding: 10px clamp(16px, 4vw, 40px); }
.brand { display: flex; align-items: center; gap: 10px; font-weight: 650; letter-spacing: .01em; }
nav { display: flex; gap: 4px; }
nav a { padding: 8px 14px; border-radius: 8px; text-decoration: none; color: #c7d9de; }
nav a:hover { background: #ffffff14; color: #fff; }
nav a[aria-current] { background: #ffffff24; color: #fff; font-weight: 600; }
.visitor { margin-left: auto; display: flex; align-items: center; gap: 12px; font-size: .9rem; color: #c7d9de; }
.visitor strong { color: #fff; }
.granted { display: inline-block; margin-left: 4px; padding: 0 8px; border: 1px solid #ffffff40; border-radius: 99px; font: 0.8rem ui-monospace, monospace; line-height: 1.7; }
.logout { padding: 6px 12px; border: 1px solid #ffffff55; border-radius: 8px; text-decoration: none; color: #fff; white-space: nowrap; }
.logout:hover { background: #ffffff1c; }

main { max-width: 1240px; margin: 0 auto; padding: clamp(20px, 3vw, 36px) clamp(16px, 4vw, 40px); }
.head { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 16px; margin-bottom: 20px; }
h1 { font-size: clamp(1.5rem, 3vw, 2rem); line-height: 1.2; letter-spacing: -.01em; }
h2 { font-size: 1rem; font-weight: 620; margin-bottom: 12px; }
.lead, footer, .live p { color: var(--soft); }
.notice { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--bad); border-radius: 8px; padding: 12px 16px; margin-bottom: 20px; }

.live { display: flex; align-items: center; gap: 14px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 10px 16px; font-size: .85rem; }
.live .live-value { font-size: 1.6rem; line-height: 1.1; font-weight: 650; color: var(--ink); font-variant-numeric: tabular-nums; min-width: 3ch; }
.dot { width: 10px; height: 10px; border-radius: 50%; background: var(--soft); }
.live.on .dot { background: var(--good); animation: beat 2s ease-in-out infinite; }
@keyframes beat { 50% { box-shadow: 0 0 0 6px #1b7a3d22; } }
@media (prefers-reduced-motion: reduce) { .dot { animation: none !important; } }
.spark { width: 140px; height: 40px; }

.kpis { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 16px; margin-bottom: 16px; }
.kpi, .panel { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px 20px; }
.kpi p:first-child { color: var(--soft); font-size: .9rem; }
.kpi .value { font-size: 1.75rem; font-weight: 650; line-height: 1.25; letter-spacing: -.01em; }
.kpi .change { font-size: .85rem; font-weight: 600; color: var(--good); }
.kpi .change.bad { color: var(--bad); }
.kpi .change span { color: var(--soft); font-weight: 400; }

.panels { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 16px; }
.w2 { grid-column: span 2; }
.w3 { grid-column: span 3; }
.plot { min-height: 230px; }
.plot[data-table] { min-height: 0; overflow-x: auto; }
.plot svg, .spark { display: block; overflow: visible; }
.legend { display: flex; gap: 16px; font-size: .85rem; color: var(--soft); margin-top: 8px; }
.legend i { display: inline-block; width: 14px; height: 4px; border-radius: 2px; margin-right: 6px; vertical-align: middle; background: var(--main); }
.legend i.s1 { background: var(--second); }
.grid { stroke: var(--line); }
.tick, .bar-label { fill: var(--soft); font-size: 12px; }
.bar-value { fill: var(--ink); font-size: 13px; font-weight: 600; }
.s0 { stroke: var(--main); } .s1 { stroke: var(--second); }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round; }
.line.s1 { stroke-dasharray: 5 5; stroke-width: 2; }
.under { fill: var(--main-soft); }
.block { fill: var(--main); } .track { fill: var(--main-soft); }
.cross { stroke: var(--soft); stroke-dasharray: 2 3; }
.tip { fill: var(--ink); font-size: 12px; font-weight: 600; }

table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { text-align: left; font-weight: 600; color: var(--soft); }
th, td { padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
.feed { list-style: none; padding: 0; min-height: 238px; }
.feed li { display: flex; justify-content: space-between; gap: 12px; padding: 8px 0; border-bottom: 1px solid var(--line); font-size: .92rem; }
.feed li:last-child { border: 0; }
.feed span { color: var(--soft); }
footer { max-width: 1240px; margin: 0 auto; padding: 0 clamp(16px, 4vw, 40px) 32px; font-size: .85rem; }

@media (max-width: 900px) {
  .panels { grid-template-columns: minmax(0, 1fr); }
  .w2, .w3 { grid-column: auto; }
}
@media (max-width: 620px) {
  .bar { gap: 6px 12px; padding-top: 12px; padding-bottom: 0; }
  .brand { gap: 8px; font-size: .95rem; }
  .visitor { gap: 8px; font-size: .85rem; text-align: right; line-height: 1.3; }
  .visitor strong { display: block; overflow: hidden; text-overflow: ellipsis; max-width: 30vw; }
  .logout { padding: 4px 10px; }
  .granted { display: none; }
  nav { order: 3; width: 100%; gap: 0; }
  nav a { flex: 1; text-align: center; border-radius: 0; padding: 10px 4px; border-bottom: 3px solid transparent; }
  nav a[aria-current] { background: none; border-color: #7fd8de; }
  .kpis { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px; }
  .kpi, .panel { padding: 14px; }
  .kpi .value { font-size: 1.4rem; }
  .kpi .change span { display: none; }
  .live { width: 100%; } .spark { flex: 1; min-width: 0; }
}
`;

/** A falcon's wing, more or less. */
export const markSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b6e75"/><path d="M5 11c6 0 9 2 11 6 2-4 5-6 11-6-2 7-6 11-11 13C11 22 7 18 5 11Z" fill="#fff"/></svg>`;
