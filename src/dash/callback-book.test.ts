import { expect, it } from 'vitest';
import { createCallbackBook } from './callback-book.ts';
import { readDependencies } from './dependencies.ts';

function aBook(answer: () => Promise<string[]>) {
  const clock = { now: 0, nowMs: () => clock.now };
  let asked = 0;
  const book = createCallbackBook(async () => {
    asked++;
    return readDependencies((await answer()).map((output) => ({ output, inputs: [], state: [] })));
  }, clock);
  return { book, clock, asked: () => asked };
}

it('asks once, and again at most once a second', async () => {
  const { book, clock, asked } = aBook(async () => ['a.b']);
  await Promise.all([book.at('/'), book.at('/'), book.at('/')]);
  await book.again('/');
  expect(asked()).toBe(1);
  clock.now += 1001;
  await Promise.all([book.again('/'), book.again('/')]);
  expect(asked()).toBe(2);
});

it('an app that could not be asked is asked again, but not at once', async () => {
  let isUp = false;
  const { book, clock, asked } = aBook(async () => {
    if (!isUp) throw new Error('down');
    return ['a.b'];
  });
  await expect(book.at('/')).rejects.toThrow('down');
  isUp = true;
  await expect(book.at('/')).rejects.toThrow('down');
  expect(asked()).toBe(1);
  clock.now += 1001;
  expect([...(await book.at('/')).keys()]).toEqual(['a.b']);
});

it('what was known stays in force while the app cannot be asked', async () => {
  let isUp = true;
  const { book, clock } = aBook(async () => {
    if (!isUp) throw new Error('down');
    return ['a.b'];
  });
  await book.at('/');
  isUp = false;
  clock.now += 1001;
  await expect(book.again('/')).rejects.toThrow('down');
  expect([...(await book.at('/')).keys()]).toEqual(['a.b']);
});

it('whoever makes places up does not make the app be asked for each', async () => {
  const { book, asked } = aBook(async () => ['a.b']);
  const all = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => book.at(`/${i}/`)));
  expect(asked()).toBe(16);
  expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(84);
});
