/** A store of version 1, as registryd 0.1.0 left it, is opened by this one. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { decodeDescriptor } from '../../../src/security/descriptor.ts';
import { seeded } from '../../support/random.ts';
import { registrydProgram, runRegistryd, startDaemon, temporaryDirectory } from './daemon.ts';

/** The tables of version 1, word for word. */
const tables = `
CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL) STRICT;
CREATE TABLE key (
  id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, folded TEXT NOT NULL, name TEXT NOT NULL, layer TEXT NOT NULL DEFAULT 'base',
  security BLOB, last_write INTEGER NOT NULL, UNIQUE (parent, folded, layer)
) STRICT;
CREATE TABLE value (
  key INTEGER NOT NULL REFERENCES key (id) ON DELETE CASCADE, folded TEXT NOT NULL, name TEXT NOT NULL,
  layer TEXT NOT NULL DEFAULT 'base', type INTEGER NOT NULL, data ANY NOT NULL, sequence INTEGER NOT NULL,
  PRIMARY KEY (key, folded, layer)
) STRICT, WITHOUT ROWID;
INSERT INTO store (one, sequence) VALUES (1, 100000);
PRAGMA application_id = ${0x50726567};
PRAGMA user_version = 1;
`;

/** A store with so many services, each with a key of its timers. */
function oldStore(directory: string, services: number): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'machine.db');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec(tables);
  database.exec('BEGIN');
  const add = database.prepare('INSERT INTO key (id, parent, folded, name, last_write) VALUES (?, ?, ?, ?, 1)');
  const set = database.prepare('INSERT INTO value (key, folded, name, type, data, sequence) VALUES (?, ?, ?, ?, ?, ?)');
  const keys = [
    [1, 0, 'Machine'],
    [2, 0, 'Users'],
    [3, 1, 'System'],
    [4, 3, 'Services'],
    [5, 3, 'Init'],
    [6, 5, 'EnvVars'],
    [7, 3, 'Boot'],
  ] as const;
  for (const [id, parent, name] of keys) add.run(id, parent, name.toLowerCase(), name);
  set.run(4, 'schemaversion', 'SchemaVersion', 4, 1, 99);
  for (let index = 0; index < services; index += 1) {
    const id = 10 + 2 * index;
    add.run(id, 4, `s${index}`, `s${index}`);
    add.run(id + 1, id, 'timerstate', 'TimerState');
    set.run(id, 'imagepath', 'ImagePath', 1, '/bin/true', 90);
  }
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  return path;
}

const versionOf = (path: string): unknown => {
  const database = new DatabaseSync(path);
  try {
    const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
    const bare = database.prepare('SELECT count(*) AS n FROM key WHERE security IS NULL').get()?.['n'];
    return { version, bare };
  } finally {
    database.close();
  }
};

t.test('O-88 a store of version 1 opens, and each of its keys has the descriptor that it would begin with now', async (t) => {
  const directory = temporaryDirectory(t);
  oldStore(join(directory, 'store'), 3);
  const daemon = await startDaemon(t, directory);
  t.match(daemon.stderr(), /had version 1 and has version 2 now/);
  const registry = await daemon.connect();
  const described = async (path: string): Promise<string> => {
    const found = decodeDescriptor(Buffer.from((await registry.securityGet({ path })).security, 'base64'));
    if ('malformed' in found) return found.malformed;
    const entries = found.dacl?.aces.map((ace) => (ace.kind === 'known' ? `${ace.sid} ${ace.mask.toString(16)} ${ace.flags}` : '?'));
    return [path, found.owner, ...(entries ?? [])].join('; ');
  };
  const [all, below] = ['S-1-5-18 f003f', 'S-1-5-32-544 f003f'];
  t.strictSame(
    await Promise.all(
      [
        'Machine',
        'Users',
        'Machine\\System',
        'Machine\\System\\Services',
        'Machine\\System\\Services\\s1\\TimerState',
        'Machine\\System\\Init\\EnvVars',
      ].map(described),
    ),
    [
      `Machine; S-1-5-18; ${all} 2; ${below} 2; S-1-5-11 20019 2`,
      `Users; S-1-5-18; ${all} 2; ${below} 2; S-1-5-11 20019 0; S-1-3-0 f003f 10`,
      `Machine\\System; S-1-5-18; ${all} 18; ${below} 18; S-1-5-11 20019 18`,
      `Machine\\System\\Services; S-1-5-18; ${all} 2; ${below} 2`,
      `Machine\\System\\Services\\s1\\TimerState; S-1-5-18; ${all} 18; ${below} 18`,
      `Machine\\System\\Init\\EnvVars; S-1-5-18; ${all} 2; S-1-5-32-544 20019 2`,
    ],
  );
  t.strictSame((await registry.query({ path: 'Machine\\System\\Services\\s2', name: 'ImagePath' })).data, '/bin/true');
  await daemon.stop();
});

t.test('O-88 tools read a store of version 1 as it is, a backup of that version is good for recovery', async (t) => {
  const directory = temporaryDirectory(t);
  const store = join(directory, 'store');
  const path = oldStore(store, 2);
  t.match(runRegistryd(['--store', store, '--export', 'Machine\\System\\Services\\s1']), { status: 0, stdout: /ImagePath: / });
  t.equal(runRegistryd(['--store', store, '--inspector']).status, 0);
  t.strictSame(versionOf(path), { version: 1, bare: 11 }, 'untouched');
  mkdirSync(join(store, 'backup'));
  copyFileSync(path, join(store, 'backup/0.db'));
  t.equal(runRegistryd(['--store', store, '--recover-from-backup']).status, 0);
  t.strictSame(versionOf(path), { version: 2, bare: 0 });
});

/** Starts registryd on a store, and kills it so many milliseconds later. */
async function killedAfter(store: string, ms: number): Promise<void> {
  const child = spawn(process.execPath, [registrydProgram, '--store', store, '--socket', join(store, 'x.sock')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.kill('SIGKILL');
  await ended;
}

const rounds = Number(process.env['REGISTRYD_KILLS'] ?? 30);

t.test(
  `O-88 ${rounds} times killed while it opens a store of version 1, registryd leaves it as it was or has brought all of it up`,
  async (t) => {
    const directory = temporaryDirectory(t);
    const random = seeded();
    t.comment(`PEINIT_SEED=${random.seed}`);
    const original = oldStore(join(directory, 'original'), 4000);
    const store = join(directory, 'store');
    mkdirSync(store);
    const path = join(store, 'machine.db');
    const seen = new Map<string, number>();
    for (let round = 0; round < rounds; round += 1) {
      for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
      copyFileSync(original, path);
      // From before it opens the store to after it serves.
      await killedAfter(store, 30 + random.fraction() * 250);
      const state = JSON.stringify(versionOf(path));
      seen.set(state, (seen.get(state) ?? 0) + 1);
    }
    const states = [...seen.keys()].filter(
      (state) => state !== JSON.stringify({ version: 1, bare: 8007 }) && state !== JSON.stringify({ version: 2, bare: 0 }),
    );
    t.strictSame(states, [], JSON.stringify([...seen]));
    const daemon = await startDaemon(t, directory);
    t.strictSame((await (await daemon.connect()).enum({ path: 'Machine\\System\\Services' })).names.length, 4000);
  },
);
