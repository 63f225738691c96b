import { expect, it } from 'vitest';
import { findPlace } from './place.ts';

/** The page with `|` where the place is; as it is where there is none. */
function shown(page: string, isWhole = true): string {
  const place = findPlace(page, isWhole);
  return place.kind === 'at' ? `${page.slice(0, place.index)}|${page.slice(place.index)}` : place.kind;
}

it.each([
  ['<!doctype html><html><head><title>', '<!doctype html><html><head>|<title>'],
  ['<!DOCTYPE html>\n<html lang="en">\n  <head>\n', '<!DOCTYPE html>\n<html lang="en">\n  <head>|\n'],
  ['<html><HEAD class="a>b" data-x=\'>\'><script>', '<html><HEAD class="a>b" data-x=\'>\'>|<script>'],
  ['<!-- <head> --><html><!-- > --><head >x', '<!-- <head> --><html><!-- > --><head >|x'],
  ['<!--><head>x', '<!--><head>|x'],
  ['<!doctype html><title>no head', '<!doctype html>|<title>no head'],
  ['<!doctype html><body>', '<!doctype html>|<body>'],
  ['<header>', '|<header>'],
  ['<headless>', '|<headless>'],
  ['just text', '|just text'],
  ['\xef\xbb\xbf<html><head>', '\xef\xbb\xbf<html><head>|'],
  ['\xff\xfe<\0h\0', 'nowhere'],
  ['', 'nowhere'],
  ['<!doctype html>', 'nowhere'],
])('the place in %j', (page, expected) => {
  expect(shown(page)).toBe(expected);
});

it('is the same however the page comes in, and never further on', () => {
  const page =
    '<!doctype html>\n<!-- a > b --><html data-a="<head>"\n lang=en><head profile="x"><meta charset="utf-8">';
  const whole = findPlace(page, true);
  for (let length = 0; length <= page.length; length++) {
    const place = findPlace(page.slice(0, length), false);
    if (place.kind !== 'later') expect([length, place]).toEqual([length, whole]);
  }
  expect(findPlace(page, false)).toEqual(whole);
});

it('is found in the time of one reading, in a page that is made to be read again and again', () => {
  for (const part of ['<!--', '<head "', '<html a="', ' ', '<!', '<head \'"', '<!-- --!']) {
    findPlace(part.repeat(16 * 1024), false);
  }
});
