import type { HandlerTable } from '../context.ts';
import { bootStatus } from './boot-status.ts';
import { clearBootAttempts } from './clear-boot-attempts.ts';
import { explain } from './explain.ts';
import { follow } from './follow.ts';
import { jobStatus } from './job-status.ts';
import { jobStop } from './job-stop.ts';
import { jobs } from './jobs.ts';
import { list } from './list.ts';
import { machineStatus } from './machine-status.ts';
import { operationStatus } from './operation-status.ts';
import { output } from './output.ts';
import { reload } from './reload.ts';
import { reloadConfig } from './reload-config.ts';
import { reset } from './reset.ts';
import { restart } from './restart.ts';
import { shutdown } from './shutdown.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
import { subscribe } from './subscribe.ts';
import { timeline } from './timeline.ts';
import { timers } from './timers.ts';
import { whoami } from './whoami.ts';

/** The handler of every command of the schema. */
export const handlers: HandlerTable = {
  start,
  stop,
  restart,
  reload,
  reset,
  status,
  list,
  shutdown,
  'reload-config': reloadConfig,
  'operation-status': operationStatus,
  'machine-status': machineStatus,
  'boot-status': bootStatus,
  'clear-boot-attempts': clearBootAttempts,
  subscribe,
  timeline,
  explain,
  follow,
  whoami,
  output,
  jobs,
  'job-status': jobStatus,
  'job-stop': jobStop,
  timers,
};
