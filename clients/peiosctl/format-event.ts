import type { EventOf } from '../../gen/events/events.ts';
import { eventNames, serviceOf, severityOf } from '../../gen/events/events.ts';
import { withoutName } from '../../src/policy/definition/names.ts';
import type { Entry } from './listing.ts';

/** An event with its instant, wherever it comes from. */
export type TimedEvent = EventOf & { readonly timestamp: string };

/** An event on a line, for people: `23:06:53.201  web  | active -> stopping (explicit_stop)`. */
export const entryOfEvent = (event: TimedEvent, boot: string, severity = severityOf(event)): Entry => {
  return { boot, timestamp: event.timestamp, name: serviceOf(event), tone: severity === 'info' ? 'plain' : severity, text: wordsOf(event) };
};

function wordsOf(line: EventOf): string {
  switch (line.event) {
    case 'service.state': {
      const { service, from, to, cause, detail } = line.payload;
      return `${from} -> ${to} (${cause})${told(detail === null ? null : withoutName(detail, service))}`;
    }
    case 'service.gone':
      return 'is not defined any more';
    case 'operation.requested':
      return `${line.payload.type} requested by ${line.payload.source}`;
    case 'operation.started':
      return `${line.payload.type} started`;
    case 'operation.completed':
      return `${line.payload.type} completed${told(line.payload.result)}`;
    case 'operation.failed':
      return `${line.payload.type} failed${told(line.payload.failure_reason)}`;
    case 'operation.cancelled':
      return `${line.payload.type} cancelled${told(line.payload.reason)}`;
    case 'operation.aborted':
      return `${line.payload.type} aborted${told(line.payload.reason)}`;
    case 'operation.merged':
      return `${line.payload.type} joined the one under way`;
    case 'job.created':
      return `job.created: ${line.payload.image_path}, ${line.payload.type}, as ${line.payload.identity}`;
    case 'job.started':
      return `job.started: process ${line.payload.pid}, as ${line.payload.identity}`;
    case 'job.ended': {
      const { failure_cause: cause, final_state: state, image_path: path, pid } = line.payload;
      return `job.ended: ${pid === null ? path : `process ${pid}`} ${cause ?? state}`;
    }
    case 'notify.status':
      return `says: ${line.payload.value}`;
    case 'log':
      return `${line.payload.level}: ${line.payload.text}`;
    case 'graph.validation_error':
      return `error: ${line.payload.message}`;
    case 'graph.validation_warning':
      return `warning: ${line.payload.message}`;
    default:
      return `${line.event}${members(line.payload)}`;
  }
}

const told = (text: string | null): string => (text === null ? '' : `: ${text}`);

/** What an event that is rarely looked at holds, without names that are there already and ids. */
const members = (payload: object): string =>
  Object.entries(payload)
    .filter(([name, value]) => value !== null && name !== 'service' && !name.endsWith('_id') && !isObject(value))
    .map(([name, value]) => ` ${name}=${typeof value === 'string' && !/\s/.test(value) ? value : inJson(value)}`)
    .join('');

/** What has members of its own is for programs. */
const isObject = (value: unknown): boolean => typeof value === 'object' && !Array.isArray(value);

const inJson = (value: unknown): string => JSON.stringify(value, (_name, each) => (typeof each === 'bigint' ? String(each) : each));

/** What is wrong with a pattern of names that no event has; null: some event has one. */
export function uselessGlob(glob: string): string | null {
  const pattern = new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
  if (eventNames.some((name) => pattern.test(name))) return null;
  const kinds = [...new Set(eventNames.map((name) => name.split('.')[0]))];
  const meant = eventNames.some((name) => name.startsWith(`${glob}.`))
    ? `is '${glob}.*' meant?`
    : `there are ${kinds.join(', ')}; --service NAME takes what is about a service`;
  return `no event is called ${glob}, so it brings nothing; ${meant}`;
}
