import { expect, it } from 'vitest';
import { createJobHandles } from './job-handles.ts';
import { openQuery, ownerOf } from './job-query.ts';

const [old, young] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const handles = createJobHandles(() => [young, old]);

it('opens what it sealed, for its owner only, and also under an older key', () => {
  const sealed = handles.seal('h~m', ['a']);
  expect(handles.open(sealed, ['a'])).toBe('h~m');
  expect(handles.open(sealed, ['b'])).toBeNull();
  expect(handles.open(sealed, ['a', ''])).toBeNull();
  expect(handles.open(createJobHandles(() => [old]).seal('x', ['a']), ['a'])).toBe('x');
  for (const other of ['', '~', 'h~m', `${sealed}x`, sealed.slice(1), sealed.slice(0, -1)])
    expect(handles.open(other, ['a'])).toBeNull();
});

it('puts the app’s own handles into the query, and nothing that no callback has', () => {
  const owner = { session: ['sales', 'file:mike', '1'], output: 'a.b' };
  const job = handles.seal('7~m', ownerOf('job', owner));
  const cacheKey = handles.seal('k&=', ownerOf('cacheKey', owner));
  const query = `?endId=e~x&cacheKey=${encodeURIComponent(cacheKey)}&oldJob=${job}&oldJob=${job}`;
  expect(openQuery(query, owner, handles)).toBe('?endId=e~x&cacheKey=k%26%3D&oldJob=7~m&oldJob=7~m');
  expect(openQuery('', owner, handles)).toBe('');
  expect(openQuery(`?cacheKey=${cacheKey}`, { ...owner, output: 'c.d' }, handles)).toBeNull();
  expect(openQuery(`?job=${job}&job=${job}`, owner, handles)).toBeNull();
  expect(openQuery(`?other=${job}`, owner, handles)).toBeNull();
});
