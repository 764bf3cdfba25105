import type { CommandName } from '../../../gen/control/facts.ts';
import type { Command } from '../command.ts';
import { bootStatus } from './boot-status.ts';
import { completion } from './completion.ts';
import { events } from './events.ts';
import { explain } from './explain.ts';
import { importForeign } from './import.ts';
import { job } from './job.ts';
import { jobs } from './jobs.ts';
import { list } from './list.ts';
import { logs } from './logs.ts';
import { machineStatus } from './machine-status.ts';
import { operationStatus } from './operation-status.ts';
import { reload } from './reload.ts';
import { reloadConfig } from './reload-config.ts';
import { reset } from './reset.ts';
import { restart } from './restart.ts';
import { run } from './run.ts';
import { shutdown } from './shutdown.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
import { timers } from './timers.ts';
import { wait } from './wait.ts';
import { watch } from './watch.ts';
import { whoami } from './whoami.ts';

/** What the control socket knows: each of its commands has a verb. */
const ofProtocol = {
  start,
  stop,
  restart,
  reload,
  reset,
  status,
  logs,
  explain,
  list,
  timers,
  shutdown,
  jobs,
  job,
  'reload-config': reloadConfig,
  'operation-status': operationStatus,
  'machine-status': machineStatus,
  'boot-status': bootStatus,
  whoami,
  events,
} satisfies Record<
  | Exclude<CommandName, 'subscribe' | 'output' | 'follow' | 'job-status' | 'job-stop' | 'clear-boot-attempts' | 'timeline'>
  | 'events'
  | 'job'
  | 'logs',
  Command
>;

/** All commands but those of the registry, in the order of --help; the others are in registry/index.ts. */
export const commands: Readonly<Record<string, Command>> = { ...ofProtocol, watch, wait, run, import: importForeign, completion };
