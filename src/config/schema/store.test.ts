import { describe, expect, it } from 'vitest';
import { readRedisUrl } from './store.ts';
import { Refused } from './values.ts';

const single = { kind: 'redis', form: 'single', isTls: false, master: '', user: null, database: 0 };
const at = (host: string, port = 6379) => ({ host, port });

describe('the URL of a Redis', () => {
  it.each<[string, object, string | null]>([
    ['redis://localhost', { ...single, nodes: [at('localhost')] }, null],
    ['redis://10.0.0.7:7000/3', { ...single, nodes: [at('10.0.0.7', 7000)], database: 3 }, null],
    ['rediss://me@redis.example.com', { ...single, isTls: true, user: 'me', nodes: [at('redis.example.com')] }, null],
    ['redis://:p%40ss%2Fw:ord@[::1]:7000', { ...single, nodes: [at('::1', 7000)] }, 'p@ss/w:ord'],
    ['redis://m%65:secret@a_b', { ...single, user: 'me', nodes: [at('a_b')] }, 'secret'],
    [
      'redis+sentinel://one,two:7000/mine',
      { ...single, form: 'sentinel', master: 'mine', nodes: [at('one', 26379), at('two', 7000)] },
      null,
    ],
    [
      'rediss+cluster://one,[fe80::1]:7000',
      { ...single, form: 'cluster', isTls: true, nodes: [at('one'), at('fe80::1', 7000)] },
      null,
    ],
  ])('%s', (url, address, password) => {
    expect(readRedisUrl(url)).toEqual({ address, password });
  });

  it.each([
    ['redis://', /is not the address/],
    ['redis:/host', /is not the address/],
    ['REDIS://host', /is not the address/],
    ['redis://host:0', /is not the address/],
    ['redis://host:70000', /is not the address/],
    ['redis://ho st', /is not the address/],
    ['redis://host/0?x=1', /is not the number of a database/],
    ['redis://host/0/1', /is not the address/],
    ['redis://one,two', /several hosts/],
    ['redis://host/x', /is not the number of a database/],
    ['redis+cluster://host/1', /is not the number of a database/],
    ['redis+sentinel://host', /does not name the master/],
    ['redis+sentinel://host/a%20b', /does not name the master/],
    ['redis+socket://host', /is not the address/],
    ['redis://me:%zz@host', /not percent-encoded/],
    ['redis://me:a%0Ab@host', /not percent-encoded/],
    [`redis+cluster://${Array.from({ length: 21 }, () => 'host').join(',')}`, /is not the address/],
  ])('%s is refused, and not repeated', (url, words) => {
    const read = readRedisUrl(url);
    expect(read).toBeInstanceOf(Refused);
    expect(read instanceof Refused && read.why).toMatch(words);
    expect(read instanceof Refused && read.why).not.toContain('@host');
  });
});
