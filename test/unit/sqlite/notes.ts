import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { StoreConnection } from '../../../src/hosted/sqlite/connection.ts';
import { openStore } from '../../../src/hosted/sqlite/open.ts';
import type { StoreKind, StorePaths } from '../../../src/hosted/sqlite/store.ts';
import { storePaths } from '../../../src/hosted/sqlite/store.ts';

/** The smallest store: notes, of which the first one is always there. */
export const notesStore: StoreKind = {
  daemon: 'noted',
  name: 'a store of notes',
  file: 'notes.db',
  application: 0x6e6f7465,
  version: 3,
  fill(connection) {
    connection.database.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT');
    connection.database.exec('PRAGMA application_id = 0x6e6f7465; PRAGMA user_version = 3');
    addNote(connection, 'first');
  },
  flaw: (connection) => (notes(connection)[0] === 'first' ? null : 'it has no first note'),
  revision: (connection) => notes(connection).length,
  damagedRemedy: 'begin anew',
  heldRemedy: 'stop it first',
};

export function addNote(connection: StoreConnection, text: string): void {
  connection.statement('INSERT INTO note (text) VALUES (?)').run(text);
}

export const notes = (connection: StoreConnection): string[] =>
  connection
    .statement('SELECT text FROM note ORDER BY id')
    .all()
    .map((row) => String(row['text']));

export function notesDirectory(t: Test): StorePaths {
  const directory = mkdtempSync(join(tmpdir(), 'notes-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return storePaths(notesStore, join(directory, 'store'));
}

/** A new store in a directory that goes with the test. */
export function createNotes(t: Test): { readonly paths: StorePaths; readonly store: StoreConnection } {
  const directory = mkdtempSync(join(tmpdir(), 'notes-'));
  const paths = storePaths(notesStore, directory);
  const store = openStore(notesStore, paths);
  t.teardown(() => {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return { paths, store };
}
