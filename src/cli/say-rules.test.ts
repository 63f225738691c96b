import { describe, expect, it } from 'vitest';
import { anIdentity, compiled } from '../../test/support/a-request.ts';
import { UsageError } from '../errors.ts';
import { judgePath } from './say-rules.ts';

const net = (address: string, bits: number) => ({ kind: 'net', family: 'ipv4', address, bits }) as const;
const app = compiled({
  ...{ networks: [net('10.0.0.0', 8)], require: { max_age: 8 * 3_600_000 }, open: ['/', '/static/**'] },
  public: ['/robots.txt'],
  resources: [
    { resource: 'marketing', paths: ['/marketing/**'] },
    { resource: 'hr', paths: ['/hr/**'], require: { amr: ['pwd'], max_age: 900_000 } },
    { resource: 'hr-edit', paths: ['/hr/**'], methods: ['POST'] },
    { paths: ['/admin/**'], networks: [net('10.1.0.0', 16)] },
  ],
});
const FRESH = 'if proved within 8h, else proof-too-old';

describe('what becomes of a path for mike, who has marketing', () => {
  it.each<[string, string, string | null, string]>([
    ['GET', '/marketing/x', null, `allowed (marketing; where networks allow it; ${FRESH})`],
    ['GET', '/marketing/x', '10.9.9.9', `allowed (marketing; ${FRESH})`],
    ['GET', '/marketing/x', '203.0.113.7', 'refused, network-not-allowed'],
    ['GET', '/robots.txt', '203.0.113.7', 'refused, network-not-allowed'],
    ['GET', '/robots.txt', '10.0.0.1', 'allowed (public)'],
    ['GET', '/hr/x', null, 'refused, resource-not-granted (hr)'],
    ['POST', '/HR/x/', null, 'refused, resource-not-granted (hr, hr-edit)'],
    ['GET', '/elsewhere', null, 'refused, path-not-named (_all_)'],
    ['GET', '/admin/x', '10.2.0.1', 'refused, network-not-allowed'],
    ['GET', '/static/x?y=1', '10.2.0.1', `allowed (signed in; ${FRESH})`],
  ])('%s %s from %s: %s', (method, path, from, said) => {
    const { line, isAllowed } = judgePath(app, anIdentity('mike', 'marketing'), { path, method, from });
    expect(line).toBe(`${method} ${path} for mike: ${said}`);
    expect(isAllowed).toBe(said.startsWith('allowed'));
  });

  it.each([
    ['hr', null],
    ['/hr', '10.0.0.0/8'],
    ['/a/../hr', null],
    ['/a%2fb', null],
  ])('%s from %s cannot be told', (path, from) => {
    expect(() => judgePath(app, anIdentity('mike'), { path, method: 'GET', from })).toThrow(UsageError);
  });
});
