/** What must compile, and what must not, of the TypeScript client: checked with the types of everything, and never run. */
import type { EventEntry, ListEntry, Open, State, StatusResponse, SubscribeResponse } from '../../clients/typescript/index.ts';
import { ControlError, ErrorCode, openControl, openRegistry, State as States } from '../../clients/typescript/index.ts';

const control = await openControl();

// Members of requests are those of the schema, and a required one is required.
await control.start({ service: 'web', wait: true }, { timeoutMs: 1000, signal: AbortSignal.timeout(5) });
// @ts-expect-error: the service is missing
await control.start({});
// @ts-expect-error: a misspelt member
await control.start({ service: 'web', wiat: true });
// @ts-expect-error: no such way to end a machine
await control.shutdown({ type: 'explode' });
// @ts-expect-error: no such command
await control.explode({});
await control.list();
// @ts-expect-error: the milliseconds are a number
await control.list({}, { timeoutMs: '5' });

/** An enum is open: what is not known is left over. */
export function isUp(state: Open<State>): boolean {
  switch (state) {
    case 'active':
    case 'reloading':
      return true;
    case States.inactive:
      return false;
    default:
      return state.length > 0;
  }
}

/** No switch over an open enum is whole. */
export function known(status: StatusResponse): State {
  // @ts-expect-error: it may be one that is not known
  return status.state;
}

export function misspelt(entry: ListEntry): boolean {
  // @ts-expect-error: there is no such state
  return entry.state === 'activ';
}

/** The name of an event tells what it says. */
export function told(line: SubscribeResponse): string | null {
  if (line.event === 'service.state') return line.payload.service;
  // @ts-expect-error: a log says nothing of an operation
  if (line.event === 'log') return line.payload.operation_id;
  return null;
}

/** A form of a union has its members, and no others. */
export function form(entry: EventEntry): number | string | null {
  if (entry.kind === 'gap') return entry.to;
  if (entry.kind === 'event') return entry.timestamp;
  // @ts-expect-error: nothing is known of a form that is not known
  return entry.id;
}

/** Answers cannot be changed. */
export function changed(status: StatusResponse): void {
  // @ts-expect-error: it is read-only
  status.state = 'active';
}

const started = await control.start({ service: 'web' });
// @ts-expect-error: the answer may be that of status, where there was nothing to do
started.operation_id.length;
if ('operation_id' in started) started.operation_id.length;

export function codeOf(error: unknown): boolean {
  // @ts-expect-error: there is no such code
  if (error instanceof ControlError && error.code === 'ACCES_DENIED') return true;
  return error instanceof ControlError && error.code === ErrorCode.ACCESS_DENIED;
}

for await (const { kind } of control.follow({ services: ['web'] })) kind.length;
const registry = await openRegistry();
for await (const batch of await registry.watchKey({ path: 'Machine' })) batch[0]?.path.length;
// @ts-expect-error: the registry has no such type
await registry.set({ path: 'a', name: 'b', type: 'FLOAT', data: 1 });
