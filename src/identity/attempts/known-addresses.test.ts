import { expect, it } from 'vitest';
import { createKnownAddresses } from './known-addresses.ts';

it('a user is known where they signed in, and nobody else is', () => {
  const known = createKnownAddresses();
  known.add('mica', '203.0.113.9');
  expect(known.has('mica', '203.0.113.9')).toBe(true);
  expect(known.has('mica', '203.0.113.8')).toBe(false);
  expect(known.has('mike', '203.0.113.9')).toBe(false);
});

it('128 places are remembered of a user, the latest ones', () => {
  const known = createKnownAddresses();
  known.add('mike', '10.0.0.0');
  for (let i = 0; i < 128; i++) known.add('mica', `10.0.0.${i}`);
  known.add('mica', '10.0.0.0');
  known.add('mica', '10.0.1.0');
  expect(known.has('mica', '10.0.0.0')).toBe(true);
  expect(known.has('mica', '10.0.0.1')).toBe(false);
  expect(known.has('mica', '10.0.1.0')).toBe(true);
  expect(known.has('mike', '10.0.0.0')).toBe(true);
});
