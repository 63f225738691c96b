import fc from 'fast-check';

const PARTS: Readonly<Record<string, readonly string[]>> = {
  hr: ['/hr', '/hr/**'],
  reports: ['/reports/*.csv'],
  blank: ['/a b/**'],
  umlaut: ['/über/**'],
};

/** The parts of a site that need a grant each, as rules of dashgate name them. The site has them at its root and below `/kept`. */
export const GUARDED = Object.entries(PARTS).map(([resource, paths]) => ({
  resource,
  paths: [...paths, ...paths.map((path) => `/kept${path}`)],
}));

/** Plain spellings that lead there, so that what is changed about them is near the border. */
const PLAIN = [
  '/hr',
  '/hr/',
  '/hr/x',
  '/reports/q.csv',
  '/a%20b/x',
  '/%C3%BCber/x',
  '/open',
  '/open/x',
  '/reports/q.txt',
];

/** One character a byte, as it goes over the wire. */
const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
const SEGMENTS = [
  ...[
    'hr',
    'HR',
    'Hr',
    'h%72',
    '%68r',
    '%48r',
    'hr.',
    '.hr',
    'hr%20',
    '%20hr',
    'hr%09',
    'hr%00',
    '%00hr',
    'hr%0a',
    'hr%0d%0a',
  ],
  ...[
    'hr;',
    'hr;x=1',
    ';hr',
    'hr%3b',
    'hr%3Bx',
    'hr%2f',
    '%2fhr',
    'hr%5c',
    'hr%23',
    'hr%3f',
    'hr#',
    'hr%2523',
    '%2568r',
    'hr%',
  ],
  ...[
    'reports',
    'Reports',
    'reports;',
    'q.csv',
    'Q.CSV',
    'q.csv.',
    'q%2ecsv',
    'q.csv%20',
    'q.csv;x',
    'q.csv%00.txt',
    '.csv',
    'x%2fq.csv',
  ],
  ...['a%20b', 'a+b', 'a%2bb', 'a%2520b', 'a%09b', 'a%c2%a0b', 'a%e3%80%80b', 'A%20B', 'a b'],
  ...['%C3%BCber', '%c3%bcber', '%C3%9Cber', 'u%CC%88ber', '%FCber', 'uber', latin1('über'), '\xfcber'],
  ...['..', '.', '%2e', '%2E%2e', '.%2e', '..;', '..%00', '...', '%c0%ae%c0%ae', '%252e%252e', '..%20', '%20..', ''],
  ...[
    'open',
    'x',
    'kept',
    '%6Bept',
    '_dashgate',
    '%EF%BD%88%EF%BD%92',
    '%u0068r',
    'h\x01r',
    'h%E2%80%8Br',
    '\\hr',
    'hr\\',
  ],
];
const segment = fc.constantFrom(...SEGMENTS);
const separator = fc.oneof(
  { weight: 8, arbitrary: fc.constant('/') },
  { weight: 1, arbitrary: fc.constantFrom('//', '\\', '%2f', '%2F', '%5c', '/./', '/x/../', '/.//', '/;/', '/%2e/') },
);
const built = fc
  .array(fc.tuple(separator, segment), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.map(([between, name]) => between + name).join(''));

/** A plain spelling with a few of its characters encoded, in the other case, doubled, or with something put in between. */
type Change = (char: string) => string;
const hex = (char: string): string => char.charCodeAt(0).toString(16).padStart(2, '0');
const CHANGES: readonly Change[] = [
  (char) => `%${hex(char)}`,
  (char) => `%${hex(char).toUpperCase()}`,
  (char) => `%25${hex(char)}`,
  (char) => (char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase()),
  (char) => char + char,
  () => '',
  ...['.', './', '../', ';', '%20', '%00', '\\', '\t', '%0a', '+', '?', '#', '%2f', '\x80'].flatMap((put): Change[] => [
    (char) => put + char,
    (char) => char + put,
  ]),
];
const changed = fc
  .tuple(fc.constantFrom(...PLAIN), fc.array(fc.tuple(fc.nat(), fc.constantFrom(...CHANGES)), { maxLength: 3 }))
  .map(([plain, changes]) =>
    changes.reduce((text, [at, change]) => {
      const place = text === '' ? 0 : at % text.length;
      return text.slice(0, place) + change(text.charAt(place)) + text.slice(place + 1);
    }, plain),
  );

const suffix = fc.constantFrom('', '', '', '?x=1', '?', '?/../hr', '#', '#/hr', '?a=%2e%2e/hr');

/** Request targets below a prefix, one character a byte: what a URL library would not let through too. */
export const targetsBelow = (prefixes: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...prefixes), fc.oneof(built, changed), suffix)
    // What would end the request line is another attack.
    .map(([prefix, path, end]) => (prefix + path + end).replace(/[\r\n ]/g, ''));
