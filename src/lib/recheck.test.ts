import { beforeEach, describe, expect, it } from 'vitest';
import { DirectoryUnavailable } from '../errors.ts';
import { createRecheck, type Recheck } from './recheck.ts';

const EVERY = 300_000;
const GRACE = 3_600_000;
interface Person {
  readonly sub: string;
  readonly groups: readonly string[];
}

const MICA: Person = { sub: 'ldap:1', groups: ['hr'] };

let now: number;
let asked: string[];
let gone: string[];
let changed: string[];
let answer: () => Promise<Person | null>;
let people: Recheck<Person>;

const down = async (): Promise<never> => {
  throw new DirectoryUnavailable('down');
};

beforeEach(() => {
  now = 1_800_000_000_000;
  asked = [];
  gone = [];
  changed = [];
  answer = async () => ({ ...MICA });
  people = createRecheck({
    async ask(sub) {
      asked.push(sub);
      const askedMs = now;
      return { found: await answer(), askedMs };
    },
    everyMs: EVERY,
    graceMs: GRACE,
    clock: { nowMs: () => now },
    isOutage: (error) => error instanceof DirectoryUnavailable,
    onGone: (sub) => gone.push(sub),
    onChanged: (sub) => changed.push(sub),
  });
});

describe('a person of a directory far away', () => {
  it('has to be asked for at first, and once by all who ask at the same time', async () => {
    expect(people.current('ldap:1')).toBeUndefined();
    const found = await Promise.all([people.lookUp('ldap:1'), people.lookUp('ldap:1')]);
    expect(found).toEqual([MICA, MICA]);
    expect(asked).toEqual(['ldap:1']);
  });

  it('is known without a question until the time is over', async () => {
    await people.lookUp('ldap:1');
    now += EVERY / 2;
    expect(people.current('ldap:1')).toEqual(MICA);
    expect(asked).toHaveLength(1);
    now += EVERY / 2;
    expect(people.current('ldap:1')).toBeUndefined();
  });

  it('is told of where something else is known of them than before, and only then', async () => {
    for (const groups of [['hr'], ['hr'], ['sales'], ['sales']]) {
      answer = async () => ({ ...MICA, groups });
      await people.lookUp('ldap:1');
      now += EVERY;
    }
    expect(changed).toEqual(['ldap:1']);
  });

  it('is known from a sign-in too', () => {
    people.learn('ldap:1', MICA, now);
    expect(people.current('ldap:1')).toBe(MICA);
  });

  it('is asked for ahead of time when somebody needs them, so that nobody waits', async () => {
    const known = await people.lookUp('ldap:1');
    now += EVERY * 0.8;
    expect(people.current('ldap:1')).toBe(known);
    await Promise.resolve();
    expect(asked).toHaveLength(2);
    await people.lookUp('ldap:1');
    now += EVERY * 0.7;
    expect(people.current('ldap:1')).toBe(known);
  });

  it('stays the same object while nothing changed, and is another after a change', async () => {
    const first = await people.lookUp('ldap:1');
    now += EVERY;
    expect(await people.lookUp('ldap:1')).toBe(first);
    answer = async () => ({ ...MICA, groups: [] });
    now += EVERY;
    expect(await people.lookUp('ldap:1')).toMatchObject({ groups: [] });
  });

  it('is gone when the directory says so, and that is told', async () => {
    await people.lookUp('ldap:1');
    answer = async () => null;
    now += EVERY;
    expect(await people.lookUp('ldap:1')).toBeNull();
    expect(people.current('ldap:1')).toBeNull();
    expect(gone).toEqual(['ldap:1']);
  });

  it('has to be asked for again when the clock was put back', async () => {
    await people.lookUp('ldap:1');
    now -= 1;
    expect(people.current('ldap:1')).toBeUndefined();
  });
});

describe('while the directory is down', () => {
  it('the last answer counts for the grace, and no longer', async () => {
    await people.lookUp('ldap:1');
    answer = down;
    now += EVERY + GRACE - 1;
    expect(await people.lookUp('ldap:1')).toEqual(MICA);
    now += 1;
    await expect(people.lookUp('ldap:1')).rejects.toBeInstanceOf(DirectoryUnavailable);
    expect(gone).toEqual([]);
  });

  it('whoever was never asked about is not let in, nor called gone', async () => {
    answer = down;
    await expect(people.lookUp('ldap:2')).rejects.toBeInstanceOf(DirectoryUnavailable);
  });

  it('it is left in peace for a moment, and then asked again', async () => {
    await people.lookUp('ldap:1');
    answer = down;
    now += EVERY;
    await people.lookUp('ldap:1');
    await people.lookUp('ldap:1');
    await expect(people.lookUp('ldap:2')).rejects.toBeInstanceOf(DirectoryUnavailable);
    expect(asked).toHaveLength(2);
    answer = async () => ({ ...MICA, groups: [] });
    now += 2000;
    expect(await people.lookUp('ldap:1')).toMatchObject({ groups: [] });
  });

  it('who was gone stays gone', async () => {
    answer = async () => null;
    await people.lookUp('ldap:1');
    answer = down;
    now += EVERY;
    expect(await people.lookUp('ldap:1')).toBeNull();
  });

  it('a bug is no outage: it is not covered by the last answer', async () => {
    await people.lookUp('ldap:1');
    answer = async () => {
      throw new TypeError('bug');
    };
    now += EVERY;
    await expect(people.lookUp('ldap:1')).rejects.toThrow('bug');
  });
});
