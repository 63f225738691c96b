import { expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { readErrorTemplate } from './error-template.ts';

const NOTHING = {
  title: '',
  error_type: '',
  error: '',
  error_msg: '',
  retry_link: '',
  oauth_logout_link: '',
  base_url: '',
  npm_cdn: '',
};
const render = async (text: string, values: Partial<typeof NOTHING> = {}): Promise<string | undefined> => {
  await using dir = await tempDir();
  return readErrorTemplate(await dir.write('error.html', text))?.({ ...NOTHING, ...values });
};

it.each<[string, Partial<typeof NOTHING>, string]>([
  ['<p>{{ error }}</p>', { error: '<b>&"\'' }, '<p>&lt;b&gt;&amp;&quot;&#39;</p>'],
  ['{{error|escape}}{{ error | e }}', { error: 'x' }, 'xx'],
  ['{{ title|default("Oh", true) }}', {}, 'Oh'],
  ["{{ title | default('Oh') }}", { title: 'T' }, 'T'],
  ['{% if error %}a{{ error }}{% else %}b{% endif %}c', { error: 'x' }, 'axc'],
  ['{% if error %}a{{ error }}{% else %}b{% endif %}c', {}, 'bc'],
  ['{% if error %}a{% if title %}b{% endif %}{% endif %}c', { title: 'T' }, 'c'],
  ['a{# {{ nobody }} #}b', {}, 'ab'],
  ['{{ error }}', { error: '{{ title }}{% if title %}', title: 'x' }, '{{ title }}{% if title %}'],
])('%s with %j', async (text, values, wanted) => {
  expect(await render(text, values)).toBe(wanted);
});

it.each([
  ...[
    '{{ secret }}',
    '{{ error|safe }}',
    '{{ error.x }}',
    '{% for x in error %}',
    '{% include "x" %}',
    '{% endif %}',
    '{% else %}',
  ],
  ...[
    '{% if error %}',
    '{{ 1 + 1 }}',
    '{{ error|default(title) }}',
    '{% if not error %}{% endif %}',
    '{% block content %}',
  ],
])('%s is refused at the start', async (text) => {
  await expect(render(`one\n${text}`)).rejects.toThrow(/error\.html/);
});
