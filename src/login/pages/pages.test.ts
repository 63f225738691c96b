import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OWN } from '../../../test/support/own-paths.ts';
import { MODES } from '../../config/schema/credentials.ts';
import {
  assets,
  type Brand,
  createAsset,
  createPages,
  type FailureStatus,
  type LoginProblem,
  type LoginView,
  type Pages,
  type TokenProblem,
} from './index.ts';

const VOID = new Set(['meta', 'link', 'img', 'input', 'br']);
const PROBLEMS: readonly LoginProblem[] = [
  { kind: 'wrong-credentials' },
  { kind: 'incomplete' },
  { kind: 'bad-name' },
  { kind: 'not-wanted' },
  { kind: 'not-offered' },
  { kind: 'form-refused' },
  { kind: 'locked-out', retryAfterSec: 130 },
  { kind: 'unavailable' },
];
const PROOFS = [
  null,
  { kind: 'wrong-password' },
  { kind: 'unavailable' },
  { kind: 'delayed', retryAfterSec: 30 },
] as const;
const NO_TOKENS = {
  ...{
    tokens: [],
    choices: [],
    lifetimesMs: [60_000],
    lifetimeMs: 60_000,
    most: 5,
    nowSec: 9000,
    problem: null,
    made: null,
  },
};
const SCRIPT = '/_dashgate/assets/script.js';
const STATUSES: readonly FailureStatus[] = [400, 404, 405, 406, 413, 415, 429, 500, 502, 503, 504];

/** Every page in every state, with `text` wherever a page shows something that was handed to it. */
function everyPage(text: string): (readonly [string, string])[] {
  const brand: Brand = { title: text, logo: 'logo.svg', footer: text };
  const pages: Pages = createPages(OWN, brand);
  const apps = [
    { name: text, href: text },
    { name: 'sales', href: '/sales/' },
  ];
  const signedIn = { name: text, continueTo: text };
  const session = (isCurrent: boolean) => ({
    ...{ jti: text, isCurrent, beganSec: 0, usedSec: 8990, address: text, browser: text, isRemembered: isCurrent },
  });
  const refused = { user: text, apps, signInHref: text, requestId: text };
  return [
    ['login', pages.login({ returnTo: text, user: text, problem: null, notice: null, signedIn: null })],
    ...(['session-ended', 'signed-out'] as const).map(
      (notice) => [`login ${notice}`, pages.login({ returnTo: null, problem: null, notice, signedIn: null })] as const,
    ),
    ...MODES.flatMap((mode) =>
      [null, ...PROBLEMS].map((problem) => {
        const view = { returnTo: text, user: text, notice: null, signedIn: null, allowsBlankUser: true };
        return [`login by ${mode}, ${problem?.kind}`, pages.login({ ...view, problem, mode, offered: MODES })] as const;
      }),
    ),
    [
      'login to be remembered',
      pages.login({ returnTo: null, problem: null, notice: null, signedIn: null, rememberMs: 86_400_000 }),
    ],
    ['login beside a session', pages.login({ returnTo: text, problem: null, notice: null, signedIn })],
    ...PROBLEMS.flatMap((problem) => [
      [
        `login ${problem.kind}`,
        pages.login({ returnTo: text, problem, notice: 'session-ended', signedIn: null }),
      ] as const,
      [
        `login ${problem.kind} beside a session`,
        pages.login({ returnTo: text, problem, notice: null, signedIn }),
      ] as const,
    ]),
    ['logout', pages.logout({ ...signedIn, mayEverywhere: true })],
    ['logout of who only said a name', pages.logout({ ...signedIn, mayEverywhere: false })],
    [
      'sessions',
      pages.sessions({ name: text, nowSec: 9000, mayEndOthers: true, sessions: [session(true), session(false)] }),
    ],
    ['one session', pages.sessions({ name: text, nowSec: 9000, mayEndOthers: true, sessions: [session(true)] })],
    ...PROOFS.map(
      (problem) =>
        [`prove ${problem?.kind}`, pages.prove({ what: 'end-others', user: text, name: text, problem })] as const,
    ),
    ...[null, 'no-name', 'no-scope', 'bad-scope', 'bad-lifetime', 'too-many'].map((problem) => {
      const token = { id: text, name: text, scope: [text, 'sales/_all_'], madeSec: 0, usedSec: 8000, endsSec: 9100 };
      const tokens = [token, { ...token, scope: null, usedSec: 0, endsSec: 999_999 }];
      const view = { name: text, tokens, choices: [{ grant: text, label: text }], lifetimesMs: [86_400_000], most: 5 };
      const more = { lifetimeMs: 86_400_000, nowSec: 9000, made: null, problem: problem as TokenProblem | null };
      return [`tokens ${problem}`, pages.tokens({ ...view, ...more })] as const;
    }),
    ['a new token', pages.tokens({ ...NO_TOKENS, name: text, made: { text, name: text, user: text } })],
    ['no tokens', pages.tokens({ ...NO_TOKENS, name: text })],
    ['as many tokens as can be', pages.tokens({ ...NO_TOKENS, name: text, most: 0 })],
    ['nobody’s tokens', pages.noTokens(text)],
    ['prove to see tokens', pages.prove({ what: 'see-tokens', user: text, name: text, problem: null })],
    ['landing with tokens', pages.landing({ name: text, apps, hasTokens: true })],
    ['logout with tokens', pages.logout({ ...signedIn, mayEverywhere: true, hasTokens: true })],
    ['prove to sign out', pages.prove({ what: 'sign-out-everywhere', user: text, name: text, problem: null })],
    [
      'prove at a provider',
      pages.prove({ what: 'end-others', user: text, name: text, problem: null, provider: AT(text) }),
    ],
    ...[true, false].map((showsForm) => {
      const view = { returnTo: text, problem: null, notice: null, signedIn: null, isFresh: showsForm };
      const providers: LoginView['providers'] = [
        { id: 'corp', name: text, isDown: false },
        { id: 'other', name: text, isDown: true, mark: { kind: 'picture', asset: 'icon.svg' } },
        ...['github', text].map((type) => ({
          ...{ id: type === text ? 'x' : type, name: text, isDown: false, mark: { kind: 'drawn', type } as const },
        })),
      ];
      return [`login at providers, ${showsForm}`, pages.login({ ...view, providers, showsForm })] as const;
    }),
    ...PROVIDER_PROBLEMS.map((problem) => {
      const view = { id: 'corp', name: text, returnTo: text, hasOtherWays: true, requestId: text };
      return [`provider ${problem}`, pages.providerProblem({ ...view, problem })] as const;
    }),
    ...(['signed-in', 'signed-out'] as const).map(
      (what) => [`onward ${what}`, pages.onward({ what, href: text })] as const,
    ),
    ['signed out', pages.signedOut({ isEverywhere: false, script: SCRIPT })],
    ['signed out of several hosts', pages.signedOut({ isEverywhere: true, script: SCRIPT })],
    ...(['unreadable', 'late', 'not-begun-here', 'session-over', 'not-kept', 'cookie-twice'] as const).map(
      (problem) =>
        [
          `handoff ${problem}`,
          pages.handoff({ problem, host: text, againHref: '/_dashgate/login', requestId: text }),
        ] as const,
    ),
    ...(['over', 'refused', 'not-here', 'no-frame', 'not-open', 'unavailable'] as const).map(
      (problem) => [`frame ${problem}`, pages.frame({ problem, requestId: text })] as const,
    ),
    ['landing', pages.landing({ name: text, apps })],
    ['landing without apps', pages.landing({ name: text, apps: [] })],
    ['denied', pages.denied({ ...refused, reason: 'resource-not-granted', missing: [text, 'hr', 'sales'] })],
    ['denied cross-site', pages.denied({ ...refused, reason: 'cross-site', missing: [] })],
    ['denied app-mismatch', pages.denied({ ...refused, reason: 'app-mismatch', missing: [], apps: [] })],
    ...STATUSES.map(
      (status) => [`failure ${status}`, pages.failure({ status, requestId: text, homeHref: text })] as const,
    ),
  ];
}

const AT = (name: string) => ({ name, startHref: '/_dashgate/oauth/corp/start' });
const PROVIDER_PROBLEMS = [
  ...(['lost', 'said-no', 'provider-error', 'bad-answer', 'not-allowed'] as const),
  ...(['no-user-name', 'no-proof', 'unavailable'] as const),
];

interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Reads markup as strictly as we write it: double-quoted attributes, every element closed in order. By plain assertions, as it
 * looks at a million tags.
 * @throws where it is written in any other way
 */
function readTags(page: string): Tag[] {
  const tags: Tag[] = [];
  const open: string[] = [];
  for (const [whole] of page.slice('<!doctype html>'.length).matchAll(/<[^>]*>/g)) {
    const closing = /^<\/([a-z][a-z0-9]*)>$/.exec(whole)?.[1];
    if (closing !== undefined) {
      assert.equal(open.pop(), closing, whole);
      continue;
    }
    const [, name = '', rest = ''] = /^<([a-z][a-z0-9]*)((?: [a-zA-Z-]+(?:="[^"<>]*")?)*)>$/.exec(whole) ?? [];
    assert.notEqual(name, '', whole);
    const attributes = [...rest.matchAll(/ ([a-zA-Z-]+)(?:="([^"]*)")?/g)].map(([, key = '', value = '']) => [
      key,
      value,
    ]);
    assert.equal(new Set(attributes.map(([key]) => key)).size, attributes.length, whole);
    tags.push({ name, attributes: Object.fromEntries(attributes) });
    if (!VOID.has(name)) open.push(name);
  }
  assert.deepEqual(open, []);
  return tags;
}

/** A tag a line. */
const shape = (tags: readonly Tag[]): string =>
  tags.map(({ name, attributes }) => `${name} ${Object.keys(attributes).join(' ')}`).join('\n');

describe.each(everyPage('Mica'))('%s', (name, page) => {
  const tags = readTags(page);
  const all = (name: string): Tag[] => tags.filter((tag) => tag.name === name);
  const ids = tags.flatMap((tag) => tag.attributes.id ?? []);

  it('begins as a document in English with a title, and one heading in one main part', () => {
    expect(page.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
    expect(/<title>(.+)<\/title>/.exec(page)?.[1]).toMatch(/^\S.* · Mica$/);
    for (const name of ['main', 'header', 'footer', 'h1', 'title']) expect(all(name), name).toHaveLength(1);
  });

  it('asks for no script and no inline style, and loads only our own assets', () => {
    expect(page).not.toMatch(/<(style|iframe|object|embed|base)\b/i);
    // One tells other windows.
    const scripts = page.match(/<script\b.*/gi) ?? [];
    expect(scripts).toEqual(name.startsWith('signed out') ? [`<script src="${SCRIPT}"></script>`] : []);
    for (const { attributes } of tags) {
      for (const key of Object.keys(attributes)) expect(key).not.toMatch(/^(on.*|style|srcdoc|formaction)$/);
    }
    const loaded = [...all('link').map((tag) => tag.attributes.href), ...all('img').map((tag) => tag.attributes.src)];
    for (const address of loaded) expect(address).toMatch(/^\/_dashgate\/assets\/[\w.]+$/);
  });

  it('binds a label to each field, names every image, and points only at ids that are there', () => {
    const fields = tags
      .filter(({ name }) => name === 'input' || name === 'select')
      .filter((tag) => tag.attributes.type !== 'hidden');
    expect(all('label').map((tag) => tag.attributes.for)).toEqual(fields.map((tag) => tag.attributes.id));
    for (const image of all('img')) expect(image.attributes).toHaveProperty('alt');
    expect(new Set(ids).size).toBe(ids.length);
    for (const { attributes } of tags) {
      for (const key of ['for', 'aria-describedby', 'aria-labelledby'] as const) {
        if (attributes[key] !== undefined) expect(ids).toContain(attributes[key]);
      }
    }
  });

  it('sends forms by POST to our own endpoints', () => {
    for (const form of all('form')) {
      expect(form.attributes.method).toBe('post');
      expect(form.attributes.action).toMatch(/^\/_dashgate\/(?:log(?:in|out)|sessions|tokens)$/);
    }
  });

  it('gives focus to one field at most', () => {
    expect(tags.filter((tag) => 'autofocus' in tag.attributes).length).toBeLessThanOrEqual(1);
  });
});

it('keeps its shape whatever is written into it', () => {
  const plain = everyPage('/x').map(([, page]) => shape(readTags(page)));
  const breakers = fc.constantFrom(
    '<',
    '>',
    '"',
    "'",
    '&',
    '</title>',
    '<script>',
    '" autofocus x="',
    '-->',
    '\0',
    '\u202e',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(breakers, fc.string({ unit: 'binary' }))), (parts) => {
      const pages = everyPage(`/x${parts.join('')}`);
      expect(pages.map(([, page]) => shape(readTags(page)))).toEqual(plain);
    }),
    { numRuns: 60 },
  );
});

it('writes no link that runs a script', () => {
  for (const [, page] of everyPage('javascript:alert(1)'))
    expect(page).not.toMatch(/(href|name="return_to" value)="javascript:/);
});

describe('the login page', () => {
  const { login } = createPages(OWN, { title: 'Acme', logo: null, footer: null });
  const plain = { returnTo: null, problem: null, notice: null, signedIn: null };

  it('says that something is wrong, and not which half', () => {
    const page = login({ ...plain, problem: { kind: 'wrong-credentials' } });
    expect(page).toContain('role="alert">User name or password is wrong.</p>');
    expect(page).toMatch(/<input id="user"[^>]* aria-describedby="problem" aria-invalid="true" autofocus>/);
    expect(page).toMatch(/<title>Problem: Sign in/);
  });

  it('tells password stores what its fields are', () => {
    expect(login(plain)).toMatch(
      /name="user"[^>]* autocomplete="username" autocapitalize="none"[^>]* spellcheck="false"/,
    );
    expect(login(plain)).toMatch(/name="password" type="password" autocomplete="current-password"/);
  });

  it('carries the return target in a hidden field only', () => {
    const page = login({ ...plain, returnTo: '/sales/?a=1&b=2' });
    expect(page.match(/sales/g)).toHaveLength(1);
    expect(page).toContain('<input type="hidden" name="return_to" value="/sales/?a=1&amp;b=2">');
  });

  it('offers the way on to who has a session, without focus jumping over it', () => {
    const page = login({ ...plain, signedIn: { name: 'Mica', continueTo: '/sales/' } });
    expect(page).toContain('You are signed in as <bdi class="name">Mica</bdi>');
    expect(page).toContain('<a class="button" href="/sales/">Continue</a>');
    expect(page).not.toContain('autofocus');
  });

  it('begins with the user name that this browser used before, and at the field still to be filled in', () => {
    const page = login({ ...plain, notice: 'session-ended', user: 'mica' });
    expect(page).toMatch(/<input id="user"[^>]* value="mica">/);
    expect(page).toMatch(/<input id="password"[^>]* aria-describedby="notice" autofocus>/);
  });

  it.each([
    ['auth-user-pass', ['user', 'password']],
    ['ldap', ['user', 'password']],
    ['auth-pass', ['password']],
    ['auth-user', ['user']],
    ['auth-none', []],
  ] as const)('has just the fields of its mode: %s', (mode, fields) => {
    const names = (page: string): (string | undefined)[] =>
      [...page.matchAll(/<input id="(\w+)"/g)].map(([, id]) => id);
    expect(names(login({ ...plain, mode, offered: MODES }))).toEqual(fields);
    const alone = login({ ...plain, mode, offered: [mode] });
    expect(names(alone)).toEqual(fields);
    expect(alone).not.toMatch(/name="mode"|<nav|\?mode=/);
  });

  it('leads to the other modes with the way back, and names the mode that is sent', () => {
    const page = login({
      ...plain,
      returnTo: '/x?y=1&z',
      mode: 'auth-user',
      offered: ['auth-user', 'ldap', 'auth-none'],
    });
    expect(page).toContain('<a href="/_dashgate/login?mode=ldap&amp;return_to=%2Fx%3Fy%3D1%26z">');
    expect(page.match(/name="mode" value="[\w-]+"/g)).toEqual([
      'name="mode" value="auth-user"',
      'name="mode" value="auth-none"',
    ]);
    expect(page.match(/name="return_to" value="\/x\?y=1&amp;z"/g)).toHaveLength(2);
  });

  it.each([
    [0.2, '1 second'],
    [45, '45 seconds'],
    [91, '2 minutes'],
    [900, '15 minutes'],
  ])('says a lockout of %d s as %s', (retryAfterSec, said) => {
    expect(login({ ...plain, problem: { kind: 'locked-out', retryAfterSec } })).toContain(`Try again in ${said}.`);
  });
});

describe('the 403 page', () => {
  const { denied } = createPages(OWN, { title: 'Acme', logo: null, footer: null });
  const refused = {
    reason: 'resource-not-granted',
    user: 'mike',
    apps: [],
    signInHref: '/_dashgate/login',
    requestId: 'r1',
  } as const;

  it.each([
    [['hr'], 'the resource <strong>hr</strong>, which has not been granted'],
    [['hr', 'it'], 'the resources <strong>hr</strong> and <strong>it</strong>, which have not'],
    [['a', 'b', 'c'], '<strong>a</strong>, <strong>b</strong> and <strong>c</strong>, which have'],
  ])('says what is missing: %j', (missing, said) => {
    expect(denied({ ...refused, missing })).toContain(said);
  });

  it('links to what this person may see, and to signing in as someone else', () => {
    const page = denied({ ...refused, missing: ['hr'], apps: [{ name: 'sales', href: '/sales/' }] });
    expect(page).toContain('<a href="/sales/"><bdi>sales</bdi></a>');
    expect(page).toContain('href="/_dashgate/login">Sign in as someone else');
    expect(page).toContain('<code>r1</code>');
  });
});

describe('a failure page', () => {
  const { failure } = createPages(OWN, { title: 'Acme', logo: null, footer: null });

  it('offers another try only where that may help', () => {
    const offers = STATUSES.filter((status) =>
      failure({ status, requestId: 'r', homeHref: null }).includes('Try again</a>'),
    );
    expect(offers).toEqual([429, 500, 502, 503, 504]);
  });

  it('says how long to wait where that is known', () => {
    expect(failure({ status: 503, requestId: 'r', homeHref: null, retryAfterSec: 5 })).toContain(
      'Try again in 5 seconds.',
    );
  });
});

describe('an asset', () => {
  it('is named by its content, so that it may be kept for good', () => {
    expect(new Set(assets.map((asset) => asset.name)).size).toBe(assets.length);
    for (const { name, body } of assets) {
      const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
      expect(name).toMatch(new RegExp(`^${hash}\\.(css|svg)$`));
    }
  });

  it('can be made of a logo', () => {
    const logo = createAsset('png', Buffer.from('not really a picture'));
    expect(logo.contentType).toBe('image/png');
    expect(logo.name).toMatch(/^[0-9a-f]{16}\.png$/);
  });

  it('that is a drawing holds no script and loads nothing', () => {
    for (const { body } of assets.filter((asset) => asset.name.endsWith('.svg'))) {
      expect(String(body)).not.toMatch(/<script|\son\w+=|href=|url\(/);
    }
  });
});
