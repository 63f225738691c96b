/** The made-up figures of a made-up maker of bicycles: the same for everyone, and steady from one request to the next. */
export interface Kpi {
  readonly label: string;
  readonly value: string;
  /** Against the month before. */
  readonly change: string;
  readonly good: boolean;
}

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

export interface Chart {
  readonly unit: string;
  readonly labels: readonly string[];
  readonly series: readonly Series[];
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Report {
  readonly kpis: readonly Kpi[];
  readonly charts: Readonly<Record<string, Chart>>;
  readonly tables: Readonly<Record<string, Table>>;
}

const CHANNELS = ['Search', 'Social', 'Newsletter', 'Partners', 'Trade fairs'];
const DEPARTMENTS = ['Workshop', 'Sales', 'Design', 'Logistics', 'Office'];

export function overview(nowMs: number): Report {
  const labels = lastMonths(nowMs, 12);
  return {
    kpis: [
      kpi('Revenue this month', '€ 1.42 m', '+6.1 %'),
      kpi('Bicycles sold', '1,184', '+3.8 %'),
      kpi('Days to delivery', '4.2', '−0.6', true),
      kpi('Returned', '1.9 %', '+0.2 pt', false),
    ],
    charts: {
      revenue: {
        unit: 'thousand €',
        labels,
        series: [
          { name: 'Revenue', values: walk(11, 12, 980, 1420) },
          { name: 'Plan', values: ramp(12, 1000, 1380) },
        ],
      },
      models: {
        unit: 'sold',
        labels: ['City', 'Gravel', 'Cargo', 'Folding', 'Children'],
        series: [{ name: 'This month', values: [402, 318, 211, 146, 107] }],
      },
    },
    tables: {
      shops: {
        columns: ['Shop', 'Sold', 'Revenue', 'Test rides', 'In stock'],
        rows: [
          ['Lyon', '291', '€ 361,000', '144', '88'],
          ['Utrecht', '274', '€ 330,000', '121', '103'],
          ['Leipzig', '226', '€ 268,000', '97', '61'],
          ['Ghent', '203', '€ 244,000', '84', '74'],
          ['Online', '190', '€ 217,000', '66', '–'],
        ],
      },
    },
  };
}

export function marketing(nowMs: number): Report {
  const labels = lastMonths(nowMs, 12);
  return {
    kpis: [
      kpi('New leads', '3,906', '+11.4 %'),
      kpi('Cost of a lead', '€ 7.20', '−€ 0.85', true),
      kpi('Test rides booked', '512', '+4.0 %'),
      kpi('Unsubscribed', '0.8 %', '+0.1 pt', false),
    ],
    charts: {
      leads: {
        unit: 'leads',
        labels,
        series: [
          { name: 'Paid', values: walk(23, 12, 1300, 2100) },
          { name: 'Unpaid', values: walk(31, 12, 1100, 1806) },
        ],
      },
      channels: {
        unit: 'leads',
        labels: CHANNELS,
        series: [{ name: 'This month', values: [1460, 984, 721, 467, 274] }],
      },
    },
    tables: {
      campaigns: {
        columns: ['Campaign', 'Channel', 'Spent', 'Leads', 'Cost of a lead'],
        rows: [
          ['Cargo in the city', 'Search', '€ 9,400', '1,210', '€ 7.77'],
          ['First gravel ride', 'Social', '€ 6,150', '984', '€ 6.25'],
          ['Winter check', 'Newsletter', '€ 1,300', '721', '€ 1.80'],
          ['Leasing at work', 'Partners', '€ 5,900', '467', '€ 12.63'],
          ['Halls and hubs', 'Trade fairs', '€ 5,370', '274', '€ 19.60'],
        ],
      },
    },
  };
}

export function hr(nowMs: number): Report {
  const labels = lastMonths(nowMs, 12);
  return {
    kpis: [
      kpi('People', '146', '+4'),
      kpi('Open positions', '7', '−2', true),
      kpi('Ill this month', '3.1 %', '−0.9 pt', true),
      kpi('Left within a year', '6.2 %', '+0.4 pt', false),
    ],
    charts: {
      headcount: {
        unit: 'people',
        labels,
        series: [{ name: 'Employed', values: [121, 123, 126, 126, 129, 133, 134, 137, 138, 141, 142, 146] }],
      },
      departments: {
        unit: 'people',
        labels: DEPARTMENTS,
        series: [{ name: 'Today', values: [64, 31, 18, 21, 12] }],
      },
    },
    tables: {
      positions: {
        columns: ['Position', 'Department', 'Open for', 'Applications'],
        rows: [
          ['Frame builder', 'Workshop', '21 days', '14'],
          ['Wheel builder', 'Workshop', '9 days', '6'],
          ['Product designer', 'Design', '34 days', '58'],
          ['Dispatcher', 'Logistics', '5 days', '11'],
        ],
      },
    },
  };
}

/** What `/live` pushes: orders an hour, swinging over a minute, with a little noise. */
export function ordersPerHour(nowMs: number): number {
  const second = Math.floor(nowMs / 1000);
  return Math.round(96 + 22 * Math.sin((second / 60) * 2 * Math.PI) + 9 * noise(second));
}

/** What `/events` pushes: the newest order. */
export function order(nowMs: number): { number: number; model: string; city: string } {
  const tick = Math.floor(nowMs / 1000);
  const models = ['City 3', 'Gravel One', 'Cargo Duo', 'Fold 16', 'Junior 20'];
  const cities = ['Lyon', 'Utrecht', 'Leipzig', 'Ghent', 'Malmö', 'Turin'];
  return {
    number: 40_000 + (tick % 50_000),
    model: models[Math.floor(noise(tick) * models.length)] ?? 'City 3',
    city: cities[Math.floor(noise(tick + 7) * cities.length)] ?? 'Lyon',
  };
}

const kpi = (label: string, value: string, change: string, good = true): Kpi => ({ label, value, change, good });

function lastMonths(nowMs: number, count: number): string[] {
  const now = new Date(nowMs);
  const name = new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' });
  return Array.from({ length: count }, (_, at) =>
    name.format(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - (count - 1 - at), 1))),
  );
}

const ramp = (count: number, from: number, to: number): number[] =>
  Array.from({ length: count }, (_, at) => Math.round(from + ((to - from) * at) / (count - 1)));

/** A ramp that strays, and ends where it should. */
const walk = (seed: number, count: number, from: number, to: number): number[] =>
  ramp(count, from, to).map((value, at) =>
    at === count - 1 ? value : Math.round(value * (0.93 + 0.14 * noise(seed * 100 + at))),
  );

/** The fraction of a large sine: looks random, and is the same at each start. 0 ≤ result < 1. */
function noise(seed: number): number {
  const large = Math.sin(seed * 127.1 + 311.7) * 43_758.5453;
  return large - Math.floor(large);
}
