import { readdir } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { openLiveDatabase } from '../../src/session/live-database.ts';
import { tempDir } from '../support/temp-dir.ts';

// A disk that is slow, or a copy that is being made, holds a lock for longer than anybody waits: that is no damage, and no reason to take
// the list away from the process that has it open.

it('a list of sessions that somebody has locked is left where it is', async () => {
  await using dir = await tempDir();
  const file = dir.file('sessions.db');
  const told: string[] = [];
  openLiveDatabase(file, told.push.bind(told))?.close();
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  expect(openLiveDatabase(file, (line) => void told.push(line))).toBeNull();
  other.exec('ROLLBACK');
  other.close();
  expect((await readdir(dir.path)).filter((name) => name.endsWith('.damaged'))).toEqual([]);
  expect(told).toEqual([expect.stringMatching(/sessions\.db: cannot be opened; .* memory only/)]);
  const again = openLiveDatabase(file, (line) => void told.push(line));
  expect(again).not.toBeNull();
  again?.close();
});
