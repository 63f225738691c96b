import { expect, it } from 'vitest';
import { isLabel, labelOf, modeOfLabel, named, nameless, SHARED } from './label.ts';

it('a name is a label of its canonical form, with no name of a user', () => {
  expect(named('Zoe\u0308')).toEqual({
    sub: 'label:auth-user:zoë',
    user: 'label:auth-user:zoë',
    name: 'zoë (not verified)',
    email: '',
    groups: [],
    allowedResources: [],
  });
  expect(['', 'a:b', ' a', 'a\u200b', 'x'.repeat(65)].map(named)).toEqual([null, null, null, null, null]);
});

it('a sub is a label only as we write it', () => {
  expect(labelOf('label:auth-user:mica')).toEqual(named('mica'));
  expect(labelOf('label:auth-none')).toBe(nameless('auth-none'));
  expect(labelOf(SHARED)).toBe(nameless('auth-pass'));
  for (const sub of [
    ...['', 'mica', 'file:mica', 'label:', 'label:auth-user', 'label:auth-user:', 'label:auth-user:Mica'],
    ...['label:auth-user:a:b', 'label:auth-none:', 'label:auth-none:x', 'label:auth-pass:x', 'LABEL:auth-none'],
    ...['label:auth-user-pass:mica', 'label:ldap:mica', 'label:x'],
  ]) {
    expect(labelOf(sub)).toBeNull();
  }
});

it('whatever begins as a label is no user, also where its mode is none', () => {
  expect(['label:x', 'label:', 'label:auth-none'].map((sub) => isLabel({ sub }))).toEqual([true, true, true]);
  expect(['file:label:x', '', 'labels:x'].map((sub) => isLabel({ sub }))).toEqual([false, false, false]);
  expect(
    ['label:auth-user:mica', 'label:auth-user-pass:mica', 'label:auth-pass', 'file:mica'].map(modeOfLabel),
  ).toEqual(['auth-user', null, 'auth-pass', null]);
});
