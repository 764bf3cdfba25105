/** What must not be in what a client is told: anything of services that it may not query. PRIN-006, O-29. */
import type { ReloadSummary } from '../../../gen/control/types.ts';
import { stateNames } from '../../../gen/service/types.ts';
import { foldName } from '../../../src/policy/definition/names.ts';
import type { Answer } from './answers.ts';
import type { ClientRoom, Question } from './client.ts';
import { queryRight } from './guards.ts';
import type { Request } from './requests.ts';
import { isLifecycle, waits } from './requests.ts';

/** Masks that the client held on a service since it asked, one for each set of descriptors that was in force; null: nobody could tell. */
export type Masks = (service: string | null) => readonly (number | null)[];

const isHidden = (masks: Masks, service: string): boolean => masks(service).every((mask) => mask === null || (mask & queryRight) === 0);

/** Names of services as they are in these lives. */
const names = /\bs\d+\b/gi;
const states = new RegExp(`\\b(?:${stateNames.join('|')})\\b`);

/** The first service that the text names, and that was there and hidden all the time since then; null: there is none. */
export function hiddenNameIn(
  text: string,
  masks: Masks,
  room: Pick<ClientRoom, 'knownSince'>,
  since: number,
  except: string | null,
): string | null {
  for (const [name] of text.matchAll(names)) {
    const key = foldName(name);
    // That one is not defined may be said to everybody, and read when it is.
    if (key !== except && isHidden(masks, key) && room.knownSince(key) <= since) return name;
  }
  return null;
}

/** What becomes of definitions is for those who may reload them, but not which services run. */
function toldByReload({ summary }: Answer): string {
  const { restored, marked_removed: removed, discarded } = (summary ?? {}) as Partial<ReloadSummary>;
  return JSON.stringify([restored, removed, discarded]);
}

/** What an answer tells that it must not; null: nothing. */
export function secretIn(room: ClientRoom, answer: Answer, text: string, { at }: Question, request: Request, masks: Masks): string | null {
  const [name = null] = request.service === undefined ? (request.services ?? []) : [request.service];
  const asked = name === null ? null : foldName(name);
  const named = hiddenNameIn(request.command === 'reload-config' ? toldByReload(answer) : text, masks, room, at, asked);
  if (named !== null) return `it speaks of ${named}`;
  if (asked === null || !isHidden(masks, asked)) return null;
  const { status, code, message, service, state, mode, outcome, operation_id: operation, ...rest } = answer;
  if (status === 'error') return states.test(String(message)) ? 'its message tells of a state' : null;
  if (!isLifecycle(request)) return 'it was answered';
  if (operation !== undefined && operation !== '') return 'it tells the operation';
  if (operation === '' && !waits(request) && state !== null) return 'it tells the state of the moment';
  const told = Object.entries(rest).find(([, value]) => !isEmpty(value));
  return told === undefined ? null : `it tells ${told[0]}`;
}

const isEmpty = (value: unknown): boolean => value === null || value === false || (Array.isArray(value) && value.length === 0);
