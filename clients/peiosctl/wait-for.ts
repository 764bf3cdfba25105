import type { StatusResponse } from '../../gen/control/types.ts';
import type { State } from '../../gen/service/types.ts';
import { ControlClient } from '../typescript/generated/client.ts';
import { ConnectionError, ControlError } from '../typescript/transport.ts';
import type { Context } from './command.ts';
import { Expectation } from './expectation.ts';
import type { Change, ServiceChanges } from './service-changes.ts';
import { followChanges } from './service-changes.ts';
import { serviceNames } from './service-names.ts';
import { tellingWhy } from './waiting.ts';

export interface Wanted {
  readonly target: ReadonlySet<State>;
  /** One of the services is enough. */
  readonly any: boolean;
  /** Also where nothing under way leads there. */
  readonly keepsOn: boolean;
  /** 0: it is looked at once; null: for ever. */
  readonly limitMs: number | null;
}

export interface Waited {
  readonly outcome: 'reached' | 'stuck' | 'timeout';
  readonly names: readonly string[];
  readonly expectation: Expectation;
}

/** Steps, and ends of operations: what was under way and might have led there is so no more. */
const events = ['service.*', 'operation.completed', 'operation.failed', 'operation.cancelled', 'operation.aborted'];

/** Waits for the services that the arguments name. First come the events, then the states: what happens in between is told. O-115. */
export async function waitFor(context: Context, wanted: Wanted): Promise<Waited> {
  const { target, any, limitMs } = wanted;
  const { promise: timeIsOver, resolve } = Promise.withResolvers<'timeout'>();
  const timer = limitMs === null ? null : setTimeout(() => resolve('timeout'), limitMs);
  const opening = followChanges(context, events);
  try {
    const changes = await (limitMs === 0 ? opening : Promise.race([opening, timeIsOver]));
    if (changes === 'timeout') throw new ConnectionError('peinit had no place for one more connection until the time was over');
    const { names, statuses } = await asking(context, async (client) => {
      const named = await serviceNames(client, context.arguments);
      return { names: named, statuses: await Promise.all(named.map((service) => client.status({ service }))) };
    });
    const expectation = new Expectation(names, target, any);
    for (const status of statuses) expectation.read(status);
    if (expectation.isMet) return { outcome: 'reached', names, expectation };
    const waiting = Promise.race([follow(context, wanted, expectation, names, changes), timeIsOver]);
    return { outcome: await tellingWhy(context, expectation.missing[0] ?? '', waiting), names, expectation };
  } finally {
    if (timer !== null) clearTimeout(timer);
    opening.then((changes) => changes.close()).catch(() => undefined);
  }
}

/** A place on the socket is held by the stream alone. */
async function asking<Answer>(context: Context, ask: (client: ControlClient) => Promise<Answer>): Promise<Answer> {
  const transport = await context.connect(true);
  try {
    return await ask(new ControlClient(transport));
  } finally {
    transport.close();
  }
}

/** Null where one is not defined any more. */
export function statusesOf(context: Context, names: readonly string[]): Promise<readonly (StatusResponse | null)[]> {
  async function statusOf(client: ControlClient, service: string): Promise<StatusResponse | null> {
    try {
      return await client.status({ service });
    } catch (error) {
      if (error instanceof ControlError && error.code === 'UNKNOWN_SERVICE') return null;
      throw error;
    }
  }
  if (names.length === 0) return Promise.resolve([]);
  return asking(context, (client) => Promise.all(names.map((service) => statusOf(client, service))));
}

async function follow(
  context: Context,
  { keepsOn }: Wanted,
  expectation: Expectation,
  names: readonly string[],
  changes: ServiceChanges,
): Promise<'reached' | 'stuck'> {
  if (!keepsOn && (await isHopeless(context, expectation))) return 'stuck';
  for await (const change of changes) {
    if (change.kind === 'anew') {
      for (const [at, status] of (await statusesOf(context, names)).entries()) {
        if (status === null) expectation.gone(names[at] ?? '');
        else expectation.read(status);
      }
    } else if (change.line.event === 'service.state') expectation.step(change.line.payload);
    else if (change.line.event === 'service.gone') expectation.gone(change.line.payload.service);
    if (expectation.isMet) return 'reached';
    if (!keepsOn && concerns(change, expectation) && (await isHopeless(context, expectation))) return 'stuck';
  }
  throw new ConnectionError('peinit tells no events any more');
}

function concerns(change: Change, expectation: Expectation): boolean {
  if (change.kind === 'anew') return true;
  const { service } = change.line.payload as { readonly service?: string | null };
  return service == null || expectation.isAbout(service);
}

/** An operation that is under way may still lead there; its end is an event as well. */
async function isHopeless(context: Context, expectation: Expectation): Promise<boolean> {
  const { stuck } = expectation;
  if (stuck.length === 0) return false;
  const statuses = await statusesOf(context, stuck);
  if (statuses.some((status) => status !== null && status.current_operation !== null)) return false;
  for (const status of statuses) if (status !== null) expectation.read(status);
  return !expectation.isMet && stuck.every((name) => expectation.stuck.includes(name));
}
