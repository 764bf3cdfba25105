import type { MachineStatusResponse, OperationStatusResponse, StatusResponse } from '../../gen/control/types.ts';
import { causeFacts } from '../../gen/service/facts.ts';
import type { Cause, Health } from '../../gen/service/types.ts';
import { withoutName } from '../../src/policy/definition/names.ts';
import { formatOutput } from './format-output.ts';
import { timerText } from './format-timers.ts';
import { limitsOf } from './granted.ts';
import type { Paint } from './paint.ts';
import { paintState, wrap } from './paint.ts';
import { shortened } from './text-width.ts';
import { formatInstant, formatPast, formatSpan } from './time.ts';

const row = (name: string, text: string): string => `  ${name.padEnd(10)} ${text}`;
const indent = row('', '').length;

/** What is left of a line beside the names of the rows; a very narrow terminal wraps by itself. */
const besideNames = (width: number): number => Math.max(width - indent, 40);

/** A row that may be long, on several lines where the terminal is narrow. */
export const rows = (name: string, text: string, width: number | null): readonly string[] =>
  (width === null ? [text] : wrap(text, besideNames(width))).map((line, index) => row(index === 0 ? name : '', line));

export const because = (cause: Cause): string => `because ${causeFacts[cause].words}`;

/**
 * A service as an administrator wants to see it: state and why first, then what runs, then what is to come. `asked`: lines of output that
 * somebody wants to see. `machine`: what the machine as a whole is warned of.
 */
export function formatStatus(
  status: StatusResponse,
  paint: Paint,
  width: number | null,
  asked: number | null,
  machine: string | null = null,
): readonly string[] {
  const lines = [status.display_name === null ? paint('bold', status.service) : `${paint('bold', status.service)}: ${status.display_name}`];
  const since = status.since === null ? '' : ` since ${formatPast(status.since, status.since_seconds)}`;
  lines.push(row('state', `${paintState(paint, status.state)}${since}`));
  if (status.cause !== null) lines.push(row('cause', `${because(status.cause)} (${status.cause})`));
  if (status.triggers !== undefined && status.disabled !== undefined)
    lines.push(...rows('starts', formatStarts(status.triggers, status.disabled), width));
  for (const timer of status.timers) lines.push(...rows('timer', timerText(timer), width));
  lines.push(...mountRows(status.mount, width));
  lines.push(...formatDetail(status, width));
  const job = status.current_job;
  if (job !== null) {
    const process = job.pid === null ? 'is being set up' : `${job.pid}`;
    const up = status.uptime_seconds === null ? '' : `, up ${formatSpan(Number(status.uptime_seconds))}`;
    const uid = status.uid === null || status.uid === 0 ? '' : ` (uid ${status.uid})`;
    lines.push(row('process', `${process}, as ${job.identity}${uid}${up}`));
  }
  // What the last process said is of no use once it is gone.
  if (job !== null && status.status_text !== null) {
    const most = saidLines * (width === null ? shownWidth : besideNames(width));
    lines.push(...rows('says', shortened(status.status_text, most), width));
  }
  if (status.health !== null) lines.push(...rows('health', formatHealth(status.health, status.health_check), width));
  const operation = status.current_operation;
  if (operation !== null) lines.push(row('operation', `${operation.type}, asked for by ${operation.source} (${operation.id})`));
  if (status.waiting_for.length > 0) lines.push(...rows('waits for', status.waiting_for.join(', '), width));
  if (status.restart !== null) {
    const { attempt, max_retries: most, next_attempt_at: next, next_attempt_seconds: left } = status.restart;
    const when = next === null || left === null ? '' : `, next ${formatInstant(next)} (in ${formatSpan(left)})`;
    lines.push(row('restarts', `${attempt} of ${most}${when}`));
  }
  if (status.stored_descriptors.length > 0) lines.push(row('keeps', `descriptors ${status.stored_descriptors.join(', ')}`));
  if (status.forced !== null && status.detail?.includes(status.forced) !== true)
    lines.push(...rows('killed', withoutName(status.forced, status.service), width));
  lines.push(...limitRows(status, width));
  if (status.definition_removed) lines.push(row('warning', 'its definition is gone; it is supervised until it ends'));
  for (const warning of status.definition_warnings) lines.push(...rows('warning', withoutName(warning, status.service), width));
  if (machine !== null) lines.push(...rows('warning', machine, width));
  for (const leak of status.warnings) lines.push(row('leaked', `${leak.path} (${leak.type}) since ${formatInstant(leak.detected_at)}`));
  return [...lines, ...outputRows(status, width, asked)];
}

function mountRows(mount: StatusResponse['mount'], width: number | null): readonly string[] {
  if (mount === null) return [];
  const { mount_point: point, device, fs_type: type, options, fsck, mounted } = mount;
  return [
    ...rows('device', `${device}${fsck ? ', checked first' : ''}`, width),
    ...rows('mounts at', `${point}, ${mounted ? 'mounted' : 'not mounted'}`, width),
    ...(type === null ? [] : rows('type', type, width)),
    ...(options.length === 0 ? [] : rows('options', options.join(', '), width)),
  ];
}

/** What somebody may not do is told before it is tried. */
function limitRows({ granted }: StatusResponse, width: number | null): readonly string[] {
  const limits = limitsOf(granted);
  if (limits === null) return [];
  const { may, mayNot } = limits;
  return rows('you may', may.length === 0 ? 'only look at it' : `${may.join(', ')}; not ${mayNot.join(', ')}`, width);
}

/** What starts it without being asked. */
function formatStarts(triggers: readonly string[], disabled: boolean): string {
  if (disabled) return 'disabled: only when somebody asks for it';
  const hasTimer = triggers.some((trigger) => trigger.startsWith('timer:'));
  const found = [...(triggers.includes('boot') ? ['at boot'] : []), ...(hasTimer ? ['by timer'] : [])];
  return found.length === 0 ? 'on demand' : found.join(', ');
}

function formatHealth(health: Health, last: StatusResponse['health_check']): string {
  if (last === null) return health;
  const { exit_code: code, exit_signal: signal, failures_in_a_row: failures, retries } = last;
  const how = {
    passed: 'passed',
    failed: signal === null ? `exited with code ${code}` : `was killed by signal ${signal}`,
    timed_out: 'took too long and was killed',
    not_started: 'could not be started',
  }[last.result];
  const count = failures === 0 ? '' : ` (failure ${failures} of ${retries})`;
  return `${health}: the last check, ${formatSpan(last.seconds_ago)} ago, ${how}${count}`;
}

/** What went wrong and what the service said: the rows of a status that a failed command shows at once. */
/** `withOutput`: the lines of the process that failed were not shown yet. */
export const formatTrouble = (status: StatusResponse, width: number | null, withOutput = true): readonly string[] => [
  ...formatDetail(status, width),
  ...(withOutput ? outputRows(status, width, null, troubleLines) : []),
];

/** `asked`: as many lines as somebody wants to see, and these whole. */
function outputRows(status: StatusResponse, width: number | null, asked: number | null = null, usual = shownLines): readonly string[] {
  const main = status.mount === null ? 'main process' : 'mount';
  const lines = formatOutput(status.output.slice(-(asked ?? usual)), status.current_job?.id ?? null, Date.now(), main);
  const most = asked !== null ? Number.POSITIVE_INFINITY : width === null ? shownWidth : besideNames(width);
  return lines.map((line, index) => row(index === 0 ? 'output' : '', shortened(line, most)));
}

/** Lines of output that people see at once; --json has them all. */
const shownLines = 5;
/** The same of a process that failed. */
const troubleLines = 10;
const shownWidth = 120;
/** Lines that what a service says of itself may take. */
const saidLines = 3;

const formatDetail = ({ detail, service }: StatusResponse, width: number | null): readonly string[] =>
  detail === null ? [] : rows('detail', withoutName(detail, service), width);

export function formatOperation({ operation }: OperationStatusResponse, width: number | null): readonly string[] {
  const lines = [
    `${operation.type} of ${operation.service}, asked for by ${operation.source}`,
    row('id', operation.id),
    row('state', operation.state),
  ];
  if (operation.result !== null) lines.push(row('result', operation.result));
  if (operation.merged_into !== null) lines.push(row('joined', operation.merged_into));
  if (operation.error !== null) lines.push(...rows('error', operation.error, width));
  lines.push(row('requested', formatInstant(operation.requested_at)));
  if (operation.started_at !== null) lines.push(row('started', formatInstant(operation.started_at)));
  if (operation.completed_at !== null) lines.push(row('ended', formatInstant(operation.completed_at)));
  return lines;
}

export function formatMachine(machine: MachineStatusResponse, width: number | null): readonly string[] {
  const lines = [row('phase', machine.phase), row('mode', machine.mode), row('boot id', machine.boot_id)];
  if (machine.reason !== null) lines.push(...rows('reason', machine.reason, width));
  if (machine.settled_at !== null) lines.push(row('settled', formatPast(machine.settled_at, machine.settled_seconds)));
  if (machine.waiting_for.length > 0) lines.push(...rows('waits for', machine.waiting_for.join(', '), width));
  if (machine.failed.length > 0) lines.push(...rows('failed', machine.failed.join(', '), width));
  if (machine.restarting.length > 0) lines.push(...rows('restarting', machine.restarting.join(', '), width));
  const { mode, mark, weaker } = machine.containment;
  if (mode !== 'cgroup') lines.push(row('processes', `held without cgroups, told apart by ${mark}`));
  for (const text of weaker) lines.push(...rows('weaker', text, width));
  for (const warning of machine.warnings) lines.push(...rows('warning', warning, width));
  return lines;
}
