import { notifyVariableNames } from '../../gen/notify/types.ts';

/** Base of every environment: six directories. EXEC-023. */
export const basePath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Set by peinit itself and by nobody else. EXEC-033, EXEC-038. */
const protocolVariables = new Set<string>(['PEINIT_PART', ...notifyVariableNames]);

export interface EnvironmentLayers {
  /** Values below Machine\System\Init\EnvVars, KEY=VALUE; none for what comes up before they can be trusted. EXEC-023. */
  readonly global: readonly string[];
  /** What was read of accounts and files for it. */
  readonly read: readonly string[];
  /** The definition's Environment. */
  readonly definition: readonly string[];
  /** Null for processes that may not notify: hooks, health checks, reload commands. EXEC-037, O-43. */
  readonly notifySocket: string | null;
  readonly watchdogUsec: bigint | null;
  /** MAINPID of a command that may want to reach the main process; null: nothing is set. O-24. */
  readonly mainPid: number | null;
  /** Names of the stored descriptors that the process gets from 3 on. */
  readonly storedNames: readonly string[];
  /** By which its containment finds it. */
  readonly marks: readonly string[];
}

export interface Environment {
  readonly entries: readonly string[];
  /** Variables that the child sets to its own pid. */
  readonly ownPid: readonly string[];
}

/** Lays the layers over each other, later ones win; protocol variables come last and from peinit only. PSD-007 4.1. */
export function buildEnvironment(layers: EnvironmentLayers): Environment {
  const variables = new Map([['PATH', basePath]]);
  const lay = (entries: readonly string[]): void => {
    for (const entry of entries) {
      const name = entry.slice(0, entry.indexOf('='));
      if (name !== '' && !protocolVariables.has(name)) variables.set(name, entry);
    }
  };
  lay(layers.global);
  lay(layers.read);
  lay(layers.definition);
  if (layers.mainPid !== null) variables.set('MAINPID', `MAINPID=${layers.mainPid}`);
  const entries = [...variables.values(), ...layers.marks];
  const ownPid: string[] = [];
  if (layers.notifySocket !== null) entries.push(`NOTIFY_SOCKET=${layers.notifySocket}`);
  if (layers.watchdogUsec !== null) {
    entries.push(`WATCHDOG_USEC=${layers.watchdogUsec}`);
    ownPid.push('WATCHDOG_PID');
  }
  if (layers.storedNames.length > 0) {
    entries.push(`LISTEN_FDS=${layers.storedNames.length}`, `LISTEN_FDNAMES=${layers.storedNames.join(':')}`);
    ownPid.push('LISTEN_PID');
  }
  return { entries, ownPid };
}
