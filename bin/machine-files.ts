/** What a machine has of peinit in its root: the same on the disk of a virtual machine and in the image of a container. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The seeds were not taken: status 2. What is wrong has been said already. */
export class SeedsRefused extends Error {}

const store = 'var/lib/registryd';

/** The commands of a machine: links to the scripts of the runtime, as in the sandbox (launcher/commands.c). */
export const commands = {
  'usr/bin/peinit': '/usr/lib/peinit/commands/peinit',
  'usr/bin/peiosctl': '/usr/lib/peinit/commands/peiosctl',
  'usr/sbin/registryd': '/usr/lib/peinit/commands/registryd',
  'usr/sbin/authd': '/usr/lib/peinit/commands/authd',
  'usr/sbin/eventd': '/usr/lib/peinit/commands/eventd',
  'usr/local/sbin/node': '/usr/lib/peinit/node',
} as const;

export function addRuntime(root: string, project: string): void {
  const runtime = join(project, 'build/runtime');
  cpSync(runtime, join(root, 'usr/lib/peinit'), { recursive: true, filter: (path) => !basename(path).startsWith('.') });
  for (const name of ['node', 'peinit-helper']) chmodSync(join(root, 'usr/lib/peinit', name), 0o755);
  for (const [path, target] of Object.entries(commands)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    rmSync(join(root, path), { force: true });
    symlinkSync(target, join(root, path));
  }
}

/** Imports seed files, paths on this host, as one transaction. */
export function importSeeds(root: string, project: string, seeds: readonly string[]): void {
  const registryd = join(project, 'build/runtime/registryd.mjs');
  mkdirSync(join(root, store), { recursive: true });
  const { status } = spawnSync(process.execPath, [registryd, '--store', join(root, store), '--force', '--import', ...seeds], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new SeedsRefused();
}
