import { METRICS, type Result } from './scenario.ts';

const WIDTH = 760;
const LABEL = 250;
const ROW = 22;
const HEAD = 44;
const GAP = 14;
const BAR = WIDTH - LABEL - 90;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** Bars of each scenario, one block below the other, as an SVG that reads in light and in dark. */
export function plot(results: readonly Result[]): string {
  let y = GAP;
  const blocks = results.map((result) => {
    const { text, height } = block(result, y);
    y += height;
    return text;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif" font-size="12">
<title>Benchmarks</title>
<style>text { fill: #24292f } .o { fill: #1f7a8c } .e { fill: #a9b4bd } .l { fill: #d9a441 } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .e { fill: #59636e } }</style>
${blocks.join('\n')}
</svg>
`;
}

function block({ scenario, figures }: Result, top: number): { text: string; height: number } {
  const { by = 'rate', limit, title } = scenario;
  const rows = [...figures].flatMap(([name, { [by]: value }]) => (value === undefined ? [] : [[name, value] as const]));
  const most = Math.max(...rows.map(([, value]) => value), 0) || 1;
  const lines = rows.map(([name, value], index) => {
    const y = top + HEAD + index * ROW;
    const kind = name === limit ? 'l' : name.startsWith('dashgate') ? 'o' : 'e';
    const width = Math.max(1, (value / most) * BAR);
    return `<text x="${LABEL - 8}" y="${y + 12}" text-anchor="end">${escaped(name)}</text><rect class="${kind}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="15" rx="2"/><text x="${LABEL + width + 6}" y="${y + 12}">${value.toLocaleString('en', { maximumFractionDigits: METRICS[by].digits })}</text>`;
  });
  const head = `<text x="8" y="${top + 18}" font-weight="600" font-size="14">${escaped(title)}</text><text x="8" y="${top + 34}" opacity=".7">${escaped(METRICS[by].title)}; ${METRICS[by].isMoreBetter ? 'more' : 'less'} is better</text>`;
  return { text: [head, ...lines].join('\n'), height: HEAD + rows.length * ROW + GAP };
}
