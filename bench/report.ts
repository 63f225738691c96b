import { isMetric } from './run.ts';
import { type Figures, METRICS, type Metric, type Result } from './scenario.ts';
import { judge } from './targets.ts';

export interface ReportOptions {
  readonly machine: readonly string[];
  /** Year, month, day. */
  readonly date: string;
  /** What repeats the run. */
  readonly command: string;
  readonly seconds: number;
  readonly rounds: number;
  /** The plot, as the page finds it. */
  readonly image: string;
}

/** The page with all figures. */
export function report(results: readonly Result[], options: ReportOptions): string {
  const { machine, date, command, seconds, rounds, image } = options;
  const judged = judge(results).map((each) => [each.what, each.target, each.figure, each.verdict]);
  return `${[
    '# Benchmarks',
    `Written by \`${command}\` on ${date}: medians of ${rounds} rounds of ${seconds} s, in turns. Read each figure against the others of its own
table, never by itself: they were taken one beside the other on a machine that other work shares, with the load generator on the same cores.`,
    machine.map((line) => `- ${line}`).join('\n'),
    '## Targets',
    table(['what', 'target', 'figure', 'verdict'], judged),
    `![The figures below as bars](${image})`,
    ...results.map(section),
  ].join('\n\n')}\n`;
}

function section({ scenario, figures, notes }: Result): string {
  const columns = columnsOf(figures);
  const { limit, by = 'rate', title, about } = scenario;
  const base = limit === undefined ? undefined : figures.get(limit)?.[by];
  const rows = [...figures].map(([name, values]) => [
    name,
    ...columns.map((metric) => shown(metric, values[metric])),
    ...(base === undefined ? [] : [share(values[by], base)]),
  ]);
  const head = [
    '',
    ...columns.map((metric) => METRICS[metric].title),
    ...(base === undefined ? [] : [`of “${limit}”`]),
  ];
  const said = notes.map((note) => `- ${note}`).join('\n');
  return [`## ${title}`, `${about} (\`--only ${scenario.name}\`)`, table(head, rows), ...(said ? [said] : [])].join(
    '\n\n',
  );
}

const columnsOf = (figures: ReadonlyMap<string, Figures>): Metric[] => {
  const here = new Set([...figures.values()].flatMap((each) => Object.keys(each)));
  return Object.keys(METRICS)
    .filter(isMetric)
    .filter((metric) => here.has(metric));
};

const shown = (metric: Metric, value: number | undefined): string => {
  const { digits } = METRICS[metric];
  return value?.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }) ?? '';
};
const share = (value: number | undefined, base: number): string =>
  value === undefined ? '' : (value / base).toFixed(2);

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_name, index) => (index === 0 ? '---' : '--:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
