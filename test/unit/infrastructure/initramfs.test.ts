import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t from 'tap';
import { modes, packCpio } from '../../../bin/vm/cpio.ts';
import { findKernel, modulesInOrder } from '../../../bin/vm/kernel.ts';

const project = join(import.meta.dirname, '../../..');
const busybox = ['/bin/busybox', join(project, '.cache/tools/bin/busybox')].find((path) => existsSync(path));
const kernel = findKernel(join(project, '.cache/kernel'));

const entries = [
  { name: 'd', mode: modes.directory },
  { name: 'd/odd', mode: modes.file, content: Buffer.from('seven b') },
  { name: 'd/empty', mode: modes.file },
  { name: 'run-me', mode: modes.program, content: Buffer.from('#!/bin/sh\n') },
] as const;

t.test('what is packed for the kernel comes out as it went in', { skip: busybox === undefined && 'there is no busybox' }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-cpio-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  execFileSync(busybox ?? '', ['cpio', '-i'], { cwd: directory, input: packCpio(entries), stdio: ['pipe', 'ignore', 'ignore'] });
  for (const { name, mode } of entries) t.equal(statSync(join(directory, name)).mode, mode, name);
  t.equal(readFileSync(join(directory, 'd/odd'), 'utf8'), 'seven b');
  t.equal(readFileSync(join(directory, 'd/empty'), 'utf8'), '');
  t.equal(readFileSync(join(directory, 'run-me'), 'utf8'), '#!/bin/sh\n');
});

t.test('a device has its numbers, and every part begins at a multiple of four', async (t) => {
  const archive = packCpio([{ name: 'dev/console', mode: modes.characterDevice, device: [5, 1] }]).toString('latin1');
  const fields = ['00000001', '00002180', ...Array(2).fill('00000000'), '00000001', ...Array(4).fill('00000000'), '00000005', '00000001'];
  t.equal(archive.slice(0, 124), `070701${fields.join('')}0000000c00000000dev/console\0\0\0`);
  t.equal(archive.slice(124, 130), '070701');
});

t.test('modules come after those they need, each once', { skip: kernel === null && 'there is no kernel' }, async (t) => {
  if (kernel === null) return;
  const names = modulesInOrder(kernel, ['virtio_pci', 'virtio_blk', 'dm_mod']).map((path) => basename(path));
  t.strictSame(new Set(names).size, names.length);
  for (const needed of ['virtio_ring.ko', 'virtio.ko', 'virtio_pci_modern_dev.ko'])
    t.ok(names.indexOf(needed) >= 0 && names.indexOf(needed) < names.indexOf('virtio_pci.ko'), needed);
  t.strictSame(names.slice(-2), ['virtio_blk.ko', 'dm-mod.ko']);
  t.throws(() => modulesInOrder(kernel, ['no_such_module']), /has no module no_such_module/);
});
