import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** An unpacked kernel package. */
export interface KernelPackage {
  /** The image that QEMU boots. */
  readonly image: string;
  readonly version: string;
  /** Directory of the modules, with lists of them. */
  readonly modules: string;
}

/** Null: there is none. */
export function findKernel(directory: string): KernelPackage | null {
  const image = join(directory, 'vmlinuz');
  const versions = join(directory, 'lib/modules');
  const [version] = existsSync(versions) ? readdirSync(versions) : [];
  return existsSync(image) && version !== undefined ? { image, version, modules: join(versions, version) } : null;
}

/** What the machine's disk is reached with, loaded before root is mounted. */
export const diskModules = ['virtio_pci', 'virtio_blk'] as const;
/** What a program inside may want to load. */
const furtherModules = ['evdev', 'button', 'loop', 'dm_mod'] as const;

/** Files write the names with either. */
const nameOf = (path: string): string => basename(path, '.ko').replaceAll('-', '_');

/** Names of the modules that one needs, as it tells itself. */
function needs(file: string): readonly string[] {
  const [, names = ''] = /\0depends=([^\0]*)\0/.exec(readFileSync(file, 'latin1')) ?? [];
  return names.split(',').filter((name) => name !== '');
}

/** Paths, below the directory of the modules, of some and all that they need, in an order in which they can be loaded. */
export function modulesInOrder({ modules }: KernelPackage, names: readonly string[]): readonly string[] {
  const paths = new Map(
    readFileSync(join(modules, 'modules.order'), 'utf8')
      .trim()
      .split('\n')
      .map((path) => [nameOf(path), path]),
  );
  const ordered = new Set<string>();
  const visit = (name: string): void => {
    const path = paths.get(nameOf(name));
    if (path === undefined) throw new Error(`the kernel at ${modules} has no module ${name}`);
    if (ordered.has(path)) return;
    for (const needed of needs(join(modules, path))) visit(needed);
    ordered.add(path);
  };
  for (const name of names) visit(name);
  return [...ordered];
}

/** Puts the modules where modprobe and the kernel look for them below a root, with the lists that modprobe reads. */
export function installModules(kernel: KernelPackage, root: string, busybox: string): void {
  const target = join(root, 'lib/modules', kernel.version);
  for (const path of ['modules.builtin', 'modules.order', ...modulesInOrder(kernel, [...diskModules, ...furtherModules])]) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    copyFileSync(join(kernel.modules, path), join(target, path));
  }
  execFileSync(busybox, ['depmod', '-b', root, kernel.version]);
}
