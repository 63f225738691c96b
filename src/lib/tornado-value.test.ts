import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { needs } from '../../test/support/needs.ts';
import { program } from '../../test/support/programs.ts';
import { createFernetKey, openFernet, readFernetKey, sealFernet } from './fernet.ts';
import { readTornado, signTornado } from './tornado-value.ts';

const SECRET = 's3cret-shared';
const NOW = 1_700_000_000;
const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const TOKEN = 'gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD1rSKOOsazBlBOJDP8gBplPCuuZsTZ5AokOrZbsLeiMpYbNvANngZ8fWHqU4W2E42A==';

// Written by Tornado and by Python's cryptography.
it.each([
  [
    'user',
    'alice',
    0,
    '2|1:0|10:1700000000|4:user|8:YWxpY2U=|86c5b8af9e2f0c5a12bf25ed79bda8b5c3cc705b8be292d8306a6414d22c6223',
  ],
  [
    'user',
    'zoë',
    0,
    '2|1:0|10:1700000000|4:user|8:em/Dqw==|29ea9bd8287caaa832fe589440f7db65c08ce51c0bc12e7558ba07b61bc2c4cd',
  ],
  [
    'access_token',
    'tok123',
    0,
    '2|1:0|10:1700000000|12:access_token|8:dG9rMTIz|18e99c7648bd73b254400d1dbd86092ff608d7f30b38061d0ac0f0e48247448d',
  ],
  [
    'user',
    'alice',
    1,
    '2|1:1|10:1700000000|4:user|8:YWxpY2U=|774d3c1eaf5667f3f38c582ac7b96c077656266c1a4fdde24b304c629bc1c250',
  ],
])('signs %s=%s under key %i as Tornado does', (name, value, version, signed) => {
  expect(signTornado(SECRET, name, value, NOW, version)).toBe(signed);
});

it('encrypts as Fernet does, and signs what comes of it', () => {
  const key = readFernetKey(KEY);
  const iv = Uint8Array.from({ length: 16 }, (_, i) => i);
  expect(key && sealFernet(key, 'tok123', NOW, iv)).toBe(TOKEN);
  expect(signTornado(SECRET, 'access_token', TOKEN, NOW)).toMatch(
    /\|5cd634d1e3cd054f2fd7cbfc92b8091e924523bb33933f38c11b2ba613d4917b$/,
  );
});

it.each([
  '',
  'abc',
  KEY.slice(0, -1),
  `${KEY}\n`,
  KEY.replace('A', '+'),
  'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==',
])('takes no %j for a key', (text) => {
  expect(readFernetKey(text)).toBeNull();
});

it('makes keys that are 32 bytes and new', () => {
  const [one, other] = [createFernetKey(), createFernetKey()];
  expect([one.length, readFernetKey(one)?.length, one === other]).toEqual([44, 32, false]);
});

needs('dashboards')('beside the real ones', () => {
  it('Tornado and cryptography take what is written here, whatever it says', () => {
    const key = createFernetKey();
    const now = Math.floor(Date.now() / 1000);
    const texts = ['', 'alice', 'zoë 😀', '|2:x|', 'x'.repeat(5000), "O'Neil", 'a\nb'];
    const bytes = readFernetKey(key) ?? new Uint8Array();
    const input = {
      key,
      secret: SECRET,
      signed: texts.map((text) => signTornado(SECRET, 'user', text, now)),
      sealed: texts.map((text) => sealFernet(bytes, text, now)),
    };
    const script = `
import json, sys
from tornado.web import decode_signed_value
from cryptography.fernet import Fernet
given = json.load(sys.stdin)
fernet = Fernet(given['key'])
print(json.dumps({
  'signed': [decode_signed_value(given['secret'], 'user', each).decode() for each in given['signed']],
  'sealed': [fernet.decrypt(each, ttl=600).decode() for each in given['sealed']],
}))`;
    const { stdout, stderr } = spawnSync(program('dashboards'), ['-c', script], {
      input: JSON.stringify(input),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ signed: texts, sealed: texts });
  });
});

it('what was signed or sealed is read again, whenever it was, and by its own secret and name only', () => {
  for (const text of ['', 'alice', 'zoë', 'x'.repeat(5000)]) {
    const signed = signTornado(SECRET, 'user', text, NOW, 1);
    expect(readTornado(SECRET, 'user', signed)).toBe(text);
    expect([readTornado(SECRET, 'id_token', signed), readTornado('another', 'user', signed)]).toEqual([null, null]);
    const key = readFernetKey(KEY) ?? new Uint8Array(32);
    const sealed = sealFernet(key, text, NOW);
    expect(openFernet(key, sealed)).toBe(text);
    expect(openFernet(new Uint8Array(32), sealed)).toBeNull();
  }
  const key = readFernetKey(KEY) ?? new Uint8Array(32);
  expect(openFernet(key, TOKEN)).toBe('tok123');
});

it.each([
  ...[
    '',
    '2|',
    'alice',
    '2|1:0|10:1700000000|4:user|8:YWxpY2U=|',
    '1|x|y',
    `${signTornado(SECRET, 'user', 'alice', NOW)}0`,
  ],
  ...['2|1:0|10:1700000000|4:user|8:YWxpY2U=|00', signTornado(SECRET, 'user', 'alice', NOW).replace('8:', '9:')],
])('%j is no signed value', (value) => {
  expect(readTornado(SECRET, 'user', value)).toBeNull();
});

it.each(['', 'gAAAAA', TOKEN.slice(4), TOKEN.replace('gAAA', 'gBBB'), TOKEN.slice(0, -8)])(
  '%j is no sealed one',
  (value) => {
    expect(openFernet(readFernetKey(KEY) ?? new Uint8Array(32), value)).toBeNull();
  },
);
