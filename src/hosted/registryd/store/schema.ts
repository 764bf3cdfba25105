/**
 * The tables of a store. One row per key and per value; data stands in a column of its own kind, so that the file can be read with
 * any SQLite tool and SQLite itself writes the answers: DWORD an integer; SZ and EXPAND_SZ the text; MULTI_SZ a JSON list; QWORD a
 * decimal text; every other type base64. PSD-006.
 */

/** Version of these tables, in user_version; a newer one is never touched. In version 1 no key had a descriptor. */
export const storeVersion = 2;

/** application_id of our files. */
export const storeApplication = 0x50726567;

export const versionSql = `PRAGMA user_version = ${storeVersion};
`;

export const schemaSql = `
CREATE TABLE store (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  -- Rises with every change and names it; also the source of key ids, so that none is ever used twice.
  sequence INTEGER NOT NULL
) STRICT;
CREATE TABLE key (
  id INTEGER PRIMARY KEY,
  -- 0: a hive.
  parent INTEGER NOT NULL,
  folded TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The only layer so far; a place for others without another form of the table.
  layer TEXT NOT NULL DEFAULT 'base',
  -- Self-relative descriptor; never null since version 2.
  security BLOB,
  -- Nanoseconds since the epoch.
  last_write INTEGER NOT NULL,
  UNIQUE (parent, folded, layer)
) STRICT;
CREATE TABLE value (
  key INTEGER NOT NULL REFERENCES key (id) ON DELETE CASCADE,
  folded TEXT NOT NULL,
  name TEXT NOT NULL,
  layer TEXT NOT NULL DEFAULT 'base',
  type INTEGER NOT NULL,
  data ANY NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (key, folded, layer)
) STRICT, WITHOUT ROWID;
INSERT INTO store (one, sequence) VALUES (1, 0);
PRAGMA application_id = ${storeApplication};
${versionSql}`;

/** Keys that peinit reads and watches; in a new store already. */
export const firstKeys = ['Machine\\System\\Services', 'Machine\\System\\Init', 'Machine\\System\\Boot'] as const;
