/** What is said of things that several systems have. */
import { constants } from 'node:os';
import type { Draft, Entry } from './conversion.ts';

export const confinement =
  'services are not confined by namespaces or filters: Identity and RequiredPrivileges narrow what it may do; ' +
  'else start it through a wrapper such as bwrap';

export const resources =
  'no resources are limited here; its processes are in /sys/fs/cgroup/peinit/NAME, where an ExecStartPost may write limits';

export const outputTaken = 'all output is taken line by line under the name of the service';

export const outputFile =
  "all output is taken line by line; to have it in a file, have a shell become the program: /bin/sh -c 'exec PROGRAM >>FILE 2>&1'";

export const otherLimits = 'LimitNOFILE and LimitCORE are fields; for others start the program through prlimit';

export const noActivation = 'there is no socket activation: the program opens its socket itself';

/** Tells that a program was written without its path. */
export function tellIfSearched(draft: Draft, entry: Entry, word: string | undefined): void {
  if (word === undefined || draft.fields.imagePath !== '/usr/bin/env') return;
  draft.changed(entry, `${word} is looked up in PATH by env, which becomes it; better write its whole path`);
}

/** A signal by name, with or without SIG, or by number; null: there is none. */
export function signalNamed(word: string): string | null {
  const full = `SIG${word.toUpperCase().replace(/^SIG/, '')}`;
  return Object.entries(constants.signals).find(([name, number]) => name === full || String(number) === word)?.[0] ?? null;
}

export function setStopSignal(draft: Draft, entry: Entry, word: string): void {
  const signal = signalNamed(word);
  if (signal === 'SIGKILL') {
    draft.set('stopTimeout', 0);
    draft.changed(entry, 'StopTimeout: 0 is SIGKILL at once');
  } else if (signal === null || signal === 'SIGSTOP') {
    draft.lost(entry, `${word} is no signal that a service can be stopped with; StopSignal is SIGTERM`);
  } else draft.set('stopSignal', signal);
}
