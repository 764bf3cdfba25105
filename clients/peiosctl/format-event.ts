import type { SubscribeResponse } from '../../gen/control/types.ts';
import { eventNames } from '../../gen/events/events.ts';
import { withoutName } from './format-status.ts';
import { formatTime } from './time.ts';

/** `22:32:24  hello  active -> stopping (explicit_stop)`: an event on a line, for people. */
export function formatEvent(line: SubscribeResponse, now = Date.now()): string {
  if (line.event === undefined) return 'events were lost: this reader was too slow, or asked for what is gone';
  const { service } = line.payload as { readonly service?: string | null };
  const parts = [line.timestamp === undefined ? '' : formatTime(line.timestamp, now), service ?? '', wordsOf(line)];
  return parts.filter((part) => part !== '').join('  ');
}

type Event = Extract<SubscribeResponse, { readonly event: string }>;

function wordsOf(line: Event): string {
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
    .filter(([name, value]) => value !== null && name !== 'service' && !name.endsWith('_id'))
    .map(([name, value]) => ` ${name}=${typeof value === 'string' && !/\s/.test(value) ? value : inJson(value)}`)
    .join('');

const inJson = (value: unknown): string => JSON.stringify(value, (_name, each) => (typeof each === 'bigint' ? String(each) : each));

/** What is wrong with a pattern of names that no event has; null: some event has one. */
export function uselessGlob(glob: string): string | null {
  const pattern = new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
  if (eventNames.some((name) => pattern.test(name))) return null;
  const kinds = [...new Set(eventNames.map((name) => name.split('.')[0]))];
  const meant = eventNames.some((name) => name.startsWith(`${glob}.`)) ? `is '${glob}.*' meant?` : `there are ${kinds.join(', ')}`;
  return `no event is called ${glob}, so it brings nothing; ${meant}`;
}
