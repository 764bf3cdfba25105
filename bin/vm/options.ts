import { parseArgs } from 'node:util';

export interface VmOptions {
  readonly seeds: readonly string[];
  /** Import base.yaml first. */
  readonly base: boolean;
  readonly cmdline: string;
  /** Where programs of the seeds and the command are taken from. */
  readonly root: string;
  /** Disk image to use and keep; null: a throwaway one. */
  readonly keep: string | null;
  /** Further arguments for QEMU. */
  readonly qemu: readonly string[];
  readonly memoryMiB: number;
  /** Time until peinit must have said something. */
  readonly startLimitSeconds: number;
  /** Null: the machine stays until it is powered off. */
  readonly command: readonly string[] | null;
}

export const help = `usage: peinit-vm [OPTION]... [-- COMMAND [ARGUMENT]...]

Boots a disk image with peinit as PID 1 on a real kernel in QEMU. The image holds the runtime, busybox, and the programs
that the registry files and COMMAND name, with their libraries and the files among their arguments. Without COMMAND the
machine's console is shown until it powers off; Ctrl-C presses Ctrl-Alt-Del, a second one cuts the power. With COMMAND
it waits until the machine has settled, runs COMMAND inside, powers off, and exits with COMMAND's status.

  --registry FILE       import this registry file (JSON or YAML) into the image; repeatable, later files win
  --no-base             leave out the base registry
  --cmdline "k=v ..."   words for the kernel command line; repeatable
  --root DIR            take programs from DIR instead of /
  --keep IMAGE          use this disk image, made when it is missing, and keep what the machine writes to it
  --memory MIB          memory of the machine (512; 384 without the base registry)
  --start-limit SECONDS cut the power when peinit has not started by then (60)
  --qemu="ARGUMENT..."  further arguments for QEMU; repeatable
  --version             the version

Exit status: COMMAND's own; without COMMAND 0 after power-off, reboot or halt. 2: a wrong call, or a registry file that
cannot be imported. 3: QEMU, a kernel or a tool is missing, which the message names. 124: peinit has not started in time,
and the message has the console so far. 125: the machine ended before peinit started or before COMMAND did, or in
Recovery.
`;

export class UsageError extends Error {}

const options = {
  registry: { type: 'string', multiple: true },
  'no-base': { type: 'boolean' },
  cmdline: { type: 'string', multiple: true },
  root: { type: 'string' },
  keep: { type: 'string' },
  memory: { type: 'string' },
  'start-limit': { type: 'string' },
  qemu: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

function parseWords(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const unknown = /^Unknown option '([^']*)'/.exec(error.message)?.[1];
    if (unknown === undefined) throw new UsageError(error.message);
    throw new UsageError(`there is no option ${unknown}; peinit-vm --help lists them (COMMAND goes after --)`);
  }
}

/** Throws a UsageError. */
export function parseOptions(words: readonly string[]): VmOptions | 'help' | 'version' {
  const end = words.indexOf('--');
  const command = end < 0 ? null : words.slice(end + 1);
  const { values } = parseWords(end < 0 ? words : words.slice(0, end));
  if (values.help === true) return 'help';
  if (values.version === true) return 'version';
  if (command?.length === 0) throw new UsageError('after -- there must be a command');
  const memoryMiB = Number(values.memory ?? (values['no-base'] === true ? 384 : 512));
  if (!Number.isInteger(memoryMiB) || memoryMiB < 192) throw new UsageError('--memory takes MiB, at least 192');
  const startLimitSeconds = Number(values['start-limit'] ?? 60);
  if (!(startLimitSeconds > 0 && startLimitSeconds <= 86_400)) throw new UsageError('--start-limit takes seconds, up to a day');
  return {
    seeds: values.registry ?? [],
    base: values['no-base'] !== true,
    cmdline: (values.cmdline ?? []).join(' '),
    root: values.root ?? '/',
    keep: values.keep ?? null,
    qemu: (values.qemu ?? []).flatMap((text) => text.split(' ').filter((word) => word !== '')),
    memoryMiB,
    startLimitSeconds,
    command,
  };
}
