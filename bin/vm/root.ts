import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { addRuntime, importSeeds } from '../machine-files.ts';
import { agentService } from './agent.ts';
import type { KernelPackage } from './kernel.ts';
import { installModules } from './kernel.ts';
import type { VmOptions } from './options.ts';
import { Programs } from './programs.ts';

const store = 'var/lib/registryd';
const directories = [
  'bin',
  'sbin',
  'dev',
  'etc',
  'proc',
  'root',
  'run',
  'sys',
  'tmp',
  'usr/bin',
  'usr/sbin',
  'usr/lib/peinit',
  'usr/local/sbin',
  'usr/local/bin',
  'var/lib/peinit',
  store,
];
export interface RootParts {
  readonly project: string;
  readonly kernel: KernelPackage;
  readonly busybox: string;
  /** Empty directory that becomes the root. */
  readonly root: string;
  readonly options: VmOptions;
}

/** Fills a directory with everything that the machine's disk holds. Throws SeedsRefused. */
export function buildRoot({ project, kernel, busybox, root, options }: RootParts): void {
  for (const directory of directories) mkdirSync(join(root, directory), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  execFileSync('mknod', ['-m', '600', join(root, 'dev/console'), 'c', '5', '1']);
  execFileSync('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
  addBusybox(root, busybox);
  addRuntime(root, project);
  installModules(kernel, root, busybox);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  const programs = new Programs(resolve(options.root), root);
  new Programs('/', root).addLibraries(join(project, 'build/runtime/node'));
  importAll(root, project, options);
  for (const path of namedPrograms(root, project, options.root)) programs.add(path);
  if (options.command !== null) programs.addByName(options.command[0] ?? '');
}

function addBusybox(root: string, busybox: string): void {
  copyFileSync(busybox, join(root, 'bin/busybox'));
  chmodSync(join(root, 'bin/busybox'), 0o755);
  const { stdout } = spawnSync(busybox, ['--list-full'], { encoding: 'utf8' });
  for (const applet of stdout.split('\n').filter((line) => line !== '')) {
    const path = join(root, applet);
    if (existsSync(join(path, '..')) && !existsSync(path)) symlinkSync('/bin/busybox', path);
  }
}

function importAll(root: string, project: string, options: VmOptions): void {
  const seeds = [...(options.base ? [join(project, 'build/runtime/base.yaml')] : []), ...options.seeds];
  const agent = join(root, 'usr/lib/peinit/vm-agent.json');
  // A kept image may be booted with a command later.
  const wanted = options.command !== null || options.keep !== null;
  writeFileSync(agent, JSON.stringify(wanted ? { 'Machine\\System\\Services\\vm-agent': agentService } : {}));
  seeds.push(agent);
  importSeeds(root, project, seeds);
}

/** Programs that the registry names, and files among their arguments, to bring them along. */
function namedPrograms(root: string, project: string, from: string): readonly string[] {
  const registryd = join(project, 'build/runtime/registryd.mjs');
  const text = execFileSync(process.execPath, [registryd, '--store', join(root, store), '--export', '--format', 'json'], {
    encoding: 'utf8',
  });
  const keys = JSON.parse(text) as Record<string, Record<string, unknown>>;
  const texts = (fields: readonly string[]): readonly string[] =>
    Object.values(keys).flatMap((values) => fields.flatMap((field) => values[field] ?? []).filter((each) => typeof each === 'string'));
  const programs = texts(['ImagePath', 'ExecStartPre', 'ExecStartPost', 'ExecReload', 'HealthCheck']).map(
    (each) => each.split(' ')[0] ?? each,
  );
  const isFile = (path: string): boolean =>
    !/^\/(?:proc|sys|dev|run)\//.test(path) && statSync(join(from, path), { throwIfNoEntry: false })?.isFile() === true;
  return [
    ...programs.filter((path) => path.startsWith('/')),
    ...texts(['Arguments']).filter((path) => path.startsWith('/') && isFile(path)),
  ];
}
