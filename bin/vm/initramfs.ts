import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Entry } from './cpio.ts';
import { modes, packCpio } from './cpio.ts';
import type { KernelPackage } from './kernel.ts';
import { diskModules, modulesInOrder } from './kernel.ts';

/**
 * The initramfs: the kernel has no driver of the machine's disk built in, so src/linux/initramfs/init.c loads it and goes on to the real
 * root. The one that is built in, for NVMe, is no choice: QEMU's side of it loses a request now and then, and a boot with it.
 */
export function buildInitramfs(kernel: KernelPackage, init: string): Buffer {
  const modules = modulesInOrder(kernel, diskModules).map(
    (path): Entry => ({ name: `modules/${basename(path)}`, mode: modes.file, content: readFileSync(join(kernel.modules, path)) }),
  );
  return packCpio([
    ...['dev', 'proc', 'root', 'modules'].map((name) => ({ name, mode: modes.directory })),
    { name: 'dev/console', mode: modes.characterDevice, device: [5, 1] },
    ...modules,
    { name: 'modules.list', mode: modes.file, content: Buffer.from(modules.map(({ name }) => `/${name}\n`).join('')) },
    { name: 'init', mode: modes.program, content: readFileSync(init) },
  ]);
}
