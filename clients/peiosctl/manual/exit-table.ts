/** Every exit status as the table on the page of the command line has it. */
import type { Listed } from '../all-commands.ts';
import type { ExitName } from '../exit-statuses.ts';
import { exitMeanings, exitStatus } from '../exit-statuses.ts';

export interface ExitRow {
  readonly program: string;
  readonly status: string;
  readonly meaning: string;
}

/** Programs that boot machines; their own help says the same. */
export const bootPrograms: readonly ExitRow[] = [
  { program: 'peinit-sandbox', status: "COMMAND's own", meaning: 'with COMMAND: 127 when it was not found, 128+n when signal n ended it' },
  { program: 'peinit-sandbox', status: '0', meaning: 'without COMMAND: after power-off, halt or reboot' },
  { program: 'peinit-sandbox', status: '2', meaning: 'a wrong call, or a registry file that cannot be imported' },
  { program: 'peinit-sandbox', status: '3', meaning: 'this host lacks something, which the message names' },
  { program: 'peinit-sandbox', status: '125', meaning: 'the boot failed, ended in Recovery, or a critical service failed' },
  { program: 'peinit-sandbox', status: '128+n', meaning: 'process 1 was ended by signal n' },
  { program: 'peinit-vm', status: "COMMAND's own", meaning: 'with COMMAND' },
  { program: 'peinit-vm', status: '0', meaning: 'without COMMAND: after power-off, halt or reboot' },
  { program: 'peinit-vm', status: '2', meaning: 'a wrong call, or a registry file that cannot be imported' },
  { program: 'peinit-vm', status: '3', meaning: 'QEMU, a kernel or a tool is missing, which the message names' },
  { program: 'peinit-vm', status: '124', meaning: 'peinit has not started in time' },
  { program: 'peinit-vm', status: '125', meaning: 'the machine ended before peinit started or before COMMAND did, or in Recovery' },
  { program: 'peinit', status: '0', meaning: 'as process 1 of a container: after power-off, halt or reboot' },
  { program: 'peinit', status: "SERVICE's own", meaning: 'the same, with peinit.main=SERVICE' },
  { program: 'peinit', status: '2', meaning: 'it is not process 1' },
  { program: 'peinit', status: '3', meaning: 'there is no cgroup in which it could supervise anything; it says how to give it one' },
  { program: 'peinit', status: '125', meaning: 'the boot failed, ended in Recovery, or a critical service failed' },
  { program: 'registryd', status: '0', meaning: 'all is well' },
  { program: 'registryd', status: '1', meaning: 'the store cannot be used, and the message names the remedy' },
  { program: 'registryd', status: '2', meaning: 'a wrong call, or an error in a seed file' },
];

export function exitRows(listed: readonly Listed[]): readonly ExitRow[] {
  const names = Object.keys(exitStatus) as ExitName[];
  const general = names.map((name) => ({ program: 'peiosctl', status: `${exitStatus[name]}`, meaning: exitMeanings[name] }));
  const particular = listed.flatMap(({ name, description: { exits = {}, ownExits = [] } }) => [
    ...ownExits.map(([status, meaning]) => ({ program: `peiosctl ${name}`, status, meaning })),
    ...names.flatMap((exit) => {
      const meaning = exits[exit];
      return meaning === undefined ? [] : [{ program: `peiosctl ${name}`, status: `${exitStatus[exit]}`, meaning }];
    }),
  ]);
  return [...general, ...particular, ...bootPrograms];
}

/** In Markdown. */
export const exitTable = (listed: readonly Listed[]): readonly string[] => [
  '| program | exit status | meaning |',
  '| --- | --- | --- |',
  ...exitRows(listed).map(({ program, status, meaning }) => `| \`${program}\` | ${status} | ${meaning} |`),
];
