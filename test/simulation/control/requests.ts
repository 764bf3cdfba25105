/** What clients say to the control socket: requests of every command, and lines that are none. */
import type { CommandName } from '../../../gen/control/facts.ts';
import { commands } from '../../../gen/control/facts.ts';
import type { ErrorCode } from '../../../gen/control/types.ts';
import type { Random } from '../../support/random.ts';

export type PlannedLine =
  | { readonly kind: 'request'; readonly request: Request }
  /** Refused whatever the machine is doing. `closes`: and the connection with it. */
  | { readonly kind: 'bad'; readonly text: string; readonly code: ErrorCode; readonly closes: boolean };

export interface Request {
  readonly command: CommandName;
  readonly service?: string;
  /** One at most. */
  readonly services?: readonly string[];
  /** `latest` stands for the last one that the client has heard of. */
  readonly operation_id?: string;
  /** `latest` stands for the last one that was made. */
  readonly job_id?: string;
  readonly wait?: boolean;
  readonly type?: 'poweroff' | 'reboot' | 'halt';
  readonly events?: readonly string[];
}

export const maxRequestSize = 1024;

const badLines: readonly (readonly [text: string, code: ErrorCode, closes?: true])[] = [
  ['{', 'MALFORMED_REQUEST'],
  ['[]', 'MALFORMED_REQUEST'],
  ['"list"', 'MALFORMED_REQUEST'],
  ['{"command":"list","command":"list"}', 'MALFORMED_REQUEST'],
  ['\u0000', 'MALFORMED_REQUEST'],
  ['{"command":1}', 'INVALID_COMMAND'],
  ['{"command":"dance"}', 'INVALID_COMMAND'],
  ['{"service":"s0"}', 'INVALID_COMMAND'],
  ['{"command":"start"}', 'INVALID_ARGUMENTS'],
  ['{"command":"status","service":7}', 'INVALID_ARGUMENTS'],
  ['{"command":"stop","service":"s1","wait":"yes"}', 'INVALID_ARGUMENTS'],
  ['{"command":"shutdown","type":"nap"}', 'INVALID_ARGUMENTS'],
  ['', 'MALFORMED_REQUEST', true],
  [`{"command":"list","padding":"${'x'.repeat(maxRequestSize)}"}`, 'REQUEST_TOO_LARGE', true],
];

const lifecycle = ['start', 'start', 'stop', 'stop', 'restart', 'restart', 'reload', 'reset'] as const;

/** A request for a change of a service. */
export function lifecycleRequest(random: Random, service: string): PlannedLine {
  const command = random.pick(lifecycle);
  const name = random.chance(0.1) ? service.toUpperCase() : service;
  const more = random.chance(0.6) ? { wait: random.chance(0.5) } : {};
  return { kind: 'request', request: { command, service: name, ...more } };
}

/** A question, a line that is none, or of those who may not have it what would end the machine. */
export function otherLine(random: Random, service: string, mayEnd: boolean): PlannedLine {
  const dice = random.fraction();
  if (dice < 0.05 && !mayEnd) return asked({ command: 'shutdown', type: 'reboot' });
  if (dice < 0.35) return asked({ command: 'status', service: random.chance(0.1) ? 'ghost' : service });
  if (dice < 0.5) return asked({ command: 'operation-status', operation_id: random.chance(0.9) ? 'latest' : nowhere });
  if (dice < 0.58) return asked({ command: 'machine-status', wait: random.chance(0.7) });
  if (dice < 0.6) return asked({ command: 'list' });
  if (dice < 0.61) return asked({ command: 'timers' });
  if (dice < 0.612) return asked({ command: 'timeline' });
  if (dice < 0.615) return asked({ command: 'whoami' });
  if (dice < 0.62) return asked({ command: dice < 0.618 ? 'boot-status' : 'clear-boot-attempts' });
  if (dice < 0.63) return asked({ command: 'output' });
  if (dice < 0.65) return asked({ command: 'output', services: [dice < 0.632 ? 'ghost' : service] });
  if (dice < 0.7) return asked({ command: 'explain', service });
  if (dice < 0.73) return asked({ command: 'reload-config' });
  if (dice < 0.76) return asked({ command: 'subscribe', ...(random.chance(0.5) ? { events: ['service.*'] } : {}) });
  if (dice < 0.77) return asked({ command: 'follow' });
  if (dice < 0.79) return asked({ command: 'follow', services: [dice < 0.772 ? 'ghost' : service] });
  const [text, code, closes = false] = random.pick(badLines);
  return { kind: 'bad', text, code, closes };
}

/** Something about ad-hoc jobs. */
export function jobRequest(random: Random): PlannedLine {
  const dice = random.fraction();
  if (dice < 0.2) return asked({ command: 'jobs' });
  const job_id = dice < 0.9 ? 'latest' : nowhere;
  if (random.chance(0.4)) return asked({ command: 'job-status', job_id });
  return asked({ command: 'job-stop', job_id, ...(random.chance(0.5) ? { wait: random.chance(0.5) } : {}) });
}

export const nowhere = '01900000-0000-7000-8000-000000000000';

export const asked = (request: Request): PlannedLine => ({ kind: 'request', request });

export const isLifecycle = ({ command }: Request): boolean =>
  commands[command].target === 'service' && command !== 'status' && command !== 'explain';

export const waits = ({ command, wait }: Request): boolean => commands[command].waits && (wait ?? commands[command].defaultWait);
