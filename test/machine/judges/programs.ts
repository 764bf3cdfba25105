/** Known programs, unmodified, in machines of their own: with the definitions of examples/programs, and from the host or .cache/judges. */
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import type { Machine, MachineOptions } from '../../support/machine.ts';
import { boot, bootSettled, cannotRun, project, temporaryDirectory } from '../../support/machine.ts';

export const unpacked = [join(project, '.cache/judges'), join(project, '.cache/demo-root')].filter((directory) => existsSync(directory));

/** Paths inside of the programs that match, for instance of each version. */
const programsLike = (pattern: string): readonly string[] =>
  ['', ...unpacked].flatMap((root) => globSync(`${root}${pattern}`).map((path) => path.slice(root.length)));

/** False, or why a test that runs these programs cannot: the first that is missing. */
export function without(...patterns: readonly string[]): string | false {
  const missing = patterns.find((pattern) => programsLike(pattern).length === 0);
  return cannotRun || (missing === undefined ? false : `${missing} is not there (npm run setup tells why)`);
}

/** Of a machine with programs that take their time. */
const limitMs = 100_000;

export interface Example {
  /** File of examples/programs. */
  readonly file: string;
  /** Its directory of that name, which becomes /srv/NAME. */
  readonly files?: string;
  /** Programs that the file names with a version which the host may have another one of. */
  readonly versioned?: Readonly<Record<string, string>>;
  /** False: it is under way when the test goes on. */
  readonly settled?: false;
}

/** Boots a machine with an authority and an example as it stands, apart from the version in paths. */
export function bootExample(t: Test, example: Example, more: MachineOptions = {}): Promise<Machine> {
  const { file, files, versioned = {}, settled } = example;
  const layer = temporaryDirectory(t);
  mkdirSync(join(layer, 'srv'));
  if (files !== undefined) cpSync(join(project, 'examples/programs', files), join(layer, 'srv', files), { recursive: true });
  const registry = join(temporaryDirectory(t), file);
  writeFileSync(
    registry,
    Object.entries(versioned).reduce(withVersionHere, readFileSync(join(project, 'examples/programs', file), 'utf8')),
  );
  const options: MachineOptions = { limitMs, authority: true, ...more, layers: [...unpacked, layer], words: ['--registry', registry] };
  return settled === false ? boot(t, options) : bootSettled(t, options);
}

function withVersionHere(text: string, [named, pattern]: readonly [string, string]): string {
  const here = programsLike(pattern);
  return here.includes(named) ? text : text.replaceAll(named, here[0] ?? named).replaceAll(dirname(named), dirname(here[0] ?? named));
}

/** Stops a service, which must not have to be killed, and tells how long it took, in seconds. */
export async function timedStop(machine: Machine, service: string): Promise<number> {
  const client = await machine.client();
  const begun = performance.now();
  const { state, forced = false } = await client.stop({ service });
  if (state !== 'inactive' || forced) throw new Error(`${service} is ${state} after its stop\n${machine.console()}`);
  return (performance.now() - begun) / 1000;
}

/** What the kernel says of a process of the machine: its four user ids, what it is permitted, and whether it may gain more. */
export async function privilegesOf(machine: Machine, pid: string): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await machine.run('cat', `/proc/${pid}/status`);
  const line = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(stdout)?.[1] ?? '';
  return { uids: line('Uid'), capabilities: line('CapPrm'), noNewPrivileges: line('NoNewPrivs') };
}
