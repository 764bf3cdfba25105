/** A disk that is full or read-only: one line that says so, with what to do, and a store that is as it was. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { registrydProgram, temporaryDirectory } from './daemon.ts';

const skip = process.getuid?.() === 0 ? false : 'needs root';

const modes = ['--socket $HOME/s', '--import $HOME/seed.yaml', '--recover-from-backup', '--dangerously-clear-database'] as const;

/** On a small disk of its own mount namespace, with a sound store and a backup, after `before`: what each mode says of it. */
function onDisk(t: Parameters<typeof temporaryDirectory>[0], before: string, run: readonly string[]) {
  const home = temporaryDirectory(t);
  writeFileSync(join(home, 'seed.yaml'), 'Machine\\X:\n  Size: 1\n');
  mkdirSync(join(home, 'disk'));
  const script = [
    'set -e',
    'mount -t tmpfs -o size=4m none $HOME/disk',
    'mkdir -p $HOME/disk/store/backup $HOME/copy',
    'registryd() { "$NODE" "$REGISTRYD" --store "$HOME/disk/store" "$@" || echo "ended with $?" >&2; }',
    'registryd --import $HOME/seed.yaml',
    'cp $HOME/disk/store/machine.db $HOME/disk/store/backup/0.db',
    'cp $HOME/disk/store/machine.db $HOME/copy/before',
    before,
    ...run.map((mode) => `registryd ${mode}`),
    'cmp $HOME/disk/store/machine.db $HOME/copy/before',
    'ls $HOME/disk/store/*.new $HOME/disk/store/*.before-recovery 2>/dev/null || true',
  ].join('\n');
  const { status, stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script], {
    encoding: 'utf8',
    env: { ...process.env, HOME: home, NODE: process.execPath, REGISTRYD: registrydProgram },
  });
  return { status, stdout, stderr: stderr.replaceAll(home, 'HOME') };
}

const full = 'dd if=/dev/zero of=$HOME/disk/rest bs=4096 2>/dev/null || true';

t.test('on a full disk every mode that writes says so and leaves the store as it was', { skip }, async (t) => {
  const told = [
    'registryd: the store HOME/disk/store/machine.db cannot be used: its disk is full (0 KB are free)',
    'registryd: what to do: make room on the disk of HOME/disk/store',
    'ended with 1',
  ];
  t.strictSame(onDisk(t, full, modes), { status: 0, stdout: '', stderr: `${modes.flatMap(() => told).join('\n')}\n` });
});

t.test('on a disk with a little room a new store is made as a whole or not at all', { skip }, async (t) => {
  const { status, stdout, stderr } = onDisk(t, `${full}\ntruncate -s -12288 $HOME/disk/rest`, ['--dangerously-clear-database']);
  t.match(stderr, /^registryd: .* cannot be used: its disk is full \(\d+ KB are free\)\n.*make room on the disk.*\nended with 1\n$/);
  t.strictSame({ status, stdout }, { status: 0, stdout: '' });
});

t.test('on a read-only file system every mode that writes says so', { skip }, async (t) => {
  const told = [
    'registryd: the store HOME/disk/store/machine.db cannot be used: its file system is read-only',
    'registryd: what to do: make it writable (`mount -o remount,rw`), or name another directory with --store',
    'ended with 1',
  ];
  t.strictSame(onDisk(t, 'mount -o remount,ro $HOME/disk', modes), {
    status: 0,
    stdout: '',
    stderr: `${modes.flatMap(() => told).join('\n')}\n`,
  });
});
