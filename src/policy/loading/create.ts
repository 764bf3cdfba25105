/** A service that has just become known: inactive, with nothing under way. */
import { foldName } from '../definition/names.ts';
import type { Decoded } from '../definition/set.ts';
import type { Service } from '../state.ts';

export const createService = ({ name, definition }: Decoded): Service => ({
  key: foldName(name),
  name,
  definition,
  edges: null,
  cycle: null,
  removed: false,
  state: 'inactive',
  cause: null,
  since: null,
  detail: null,
  failedJobs: [],
  statusText: null,
  forced: null,
  operations: [],
  attempt: null,
  activation: null,
  stop: null,
  restarts: 0,
  windowPassed: false,
  delayOver: false,
  generation: 0,
  treeUsed: false,
  leaks: [],
  bootMember: false,
  busy: false,
  run: null,
  waiters: new Set(),
  besiegers: new Set(),
  handlerChain: null,
  health: null,
  timers: [],
  pendingRun: false,
});
