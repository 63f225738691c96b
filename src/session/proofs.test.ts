import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { createMemoryStore } from './store-memory.ts';
import { createSqliteStore } from './store-sqlite.ts';

const START = 1_800_000_000;
let now = START;
const clock = { nowMs: () => now * 1000 };

type Proofs = Record<string, string>;

describe('what people prove themselves by', () => {
  it('ends, when it is another at the next start, what was begun before', async () => {
    await using dir = await tempDir();
    const file = dir.file('dashgate.db');
    now = START;
    /** One life of a process, which ends with the sessions of these. */
    const run = (source: string, proofs: Proofs): string[] => {
      const store = createSqliteStore({ file, clock });
      store.noteProofs(source, Object.entries(proofs), now);
      const ended = ['file:mica', 'file:mike', 'file:nora', 'filed:mica'].filter((sub) =>
        store.isRevoked({ jti: 'x', sub, beganSec: now - 1 }),
      );
      store.close();
      now += 10;
      return ended;
    };
    createSqliteStore({ file, clock }).close();
    now += 5;
    expect(run('file', { 'file:mica': 'a', 'file:mike': 'b' })).toEqual([]);
    expect(run('filed', { 'filed:mica': 'a' })).toEqual([]);
    expect(run('file', { 'file:mica': 'a', 'file:mike': 'b', 'file:nora': 'c' })).toEqual([]);
    expect(run('file', { 'file:mica': 'new', 'file:nora': 'c' })).toEqual(['file:mica', 'file:mike']);
    expect(run('file', { 'file:mica': 'new', 'file:mike': 'b', 'file:nora': 'c' })).toEqual([]);
    expect(run('file', { 'file:mica': 'new' })).toEqual(['file:mike', 'file:nora']);
  });

  it('is kept as an HMAC under a key of the store', async () => {
    await using dir = await tempDir();
    const marks = ['one.db', 'two.db'].map((name) => {
      const store = createSqliteStore({ file: dir.file(name), clock });
      store.noteProofs('file', [['file:mica', 'planted-hash']], now);
      store.close();
      expect(readFileSync(dir.file(name)).includes('planted-hash')).toBe(false);
      return new DatabaseSync(dir.file(name)).prepare('SELECT hex(mark) AS mark FROM proofs').get()?.mark;
    });
    expect(marks[0]).toMatch(/^[0-9A-F]{16}$/);
    expect(marks[0]).not.toBe(marks[1]);
  });

  it('is noted also by a store of the version before', async () => {
    await using dir = await tempDir();
    const file = dir.file('dashgate.db');
    createSqliteStore({ file, clock }).close();
    const old = new DatabaseSync(file);
    old.exec(
      `DROP TABLE proofs; DROP TABLE secrets; DROP TABLE used_ids; DROP TABLE refresh_texts; DROP TABLE personal_tokens;
       PRAGMA user_version = 1`,
    );
    old.close();
    const store = createSqliteStore({ file, clock });
    store.noteProofs('file', [['file:mica', 'a']], now);
    store.noteProofs('file', [['file:mica', 'b']], now);
    expect(store.isRevoked({ jti: 'x', sub: 'file:mica', beganSec: now })).toBe(true);
    store.close();
  });

  it('ends, by a store in memory too, what whoever tells it could not see', () => {
    const store = createMemoryStore({ clock });
    const isEnded = (sub: string) => store.isRevoked({ jti: 'x', sub, beganSec: now });
    store.noteProofs('file', Object.entries({ 'file:mica': 'a', 'file:mike': 'b', 'file:nora': 'c' }), now);
    store.noteProofs('filed', [['filed:mica', 'a']], now);
    expect(['file:mica', 'file:mike', 'file:nora'].filter(isEnded)).toEqual([]);
    store.noteProofs('file', Object.entries({ 'file:mica': 'new', 'file:nora': 'c' }), now);
    expect(['file:mica', 'file:mike', 'file:nora', 'filed:mica'].filter(isEnded)).toEqual(['file:mica', 'file:mike']);
    expect(store.isRevoked({ jti: 'x', sub: 'file:nora', beganSec: START - 1 })).toBe(true);
  });
});
