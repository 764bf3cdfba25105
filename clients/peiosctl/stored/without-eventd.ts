/** What peinit itself holds of the output of services, where eventd cannot be asked: the latest lines of each, in memory. */
import type { OutputRequest, ServiceOutput } from '../../../gen/control/types.ts';
import { originOf } from '../../../src/policy/definition/names.ts';
import type { ControlClient } from '../../typescript/generated/client.ts';
import { ControlError } from '../../typescript/transport.ts';
import type { Context } from '../command.ts';
import { inWords } from '../paint.ts';
import type { ShownLine } from './log-lines.ts';

/** Why eventd does not answer and what can be done, as the first half of a sentence and its end. `said`: what connecting to it said. */
export async function whyWithoutEventd(context: Context, said: string): Promise<{ readonly reason: string; readonly remedy: string }> {
  const client = await context.control();
  const { mode } = await client.machineStatus({});
  try {
    const { state } = await client.status({ service: 'eventd' });
    if (state === 'active' || state === 'reloading') return { reason: said, remedy: 'peiosctl status eventd tells more' };
    if (state === 'starting') return { reason: 'eventd is starting', remedy: 'ask again in a moment' };
    const safe = mode === 'safe' ? ' (this is Safe mode)' : '';
    const isWrong = state === 'failed' || state === 'backoff' || state === 'abandoned';
    return {
      reason: `eventd is ${inWords(state)}${safe}`,
      remedy: isWrong ? 'peiosctl status eventd says why' : 'peiosctl start eventd starts it',
    };
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    if (error.code !== 'UNKNOWN_SERVICE') return { reason: said, remedy: 'ask as an administrator for more' };
    return { reason: 'this machine has no eventd, which stores what services write', remedy: 'define it as base.yaml does' };
  }
}

/** What was asked for, in the order of time. */
export async function heldLines(client: ControlClient, boot: string, request: OutputRequest): Promise<readonly ShownLine[]> {
  const found: ShownLine[] = [];
  for await (const output of parts(client, request)) found.push(...output.flatMap((one) => linesOf(one, boot)));
  return inTime(found);
}

/** The sort keeps those of one moment in the order of their service. */
export const inTime = (lines: readonly ShownLine[]): readonly ShownLine[] =>
  lines.toSorted((one, other) => (one.timestamp < other.timestamp ? -1 : one.timestamp > other.timestamp ? 1 : 0));

async function* parts(client: ControlClient, request: OutputRequest): AsyncGenerator<readonly ServiceOutput[]> {
  for (let after: string | null = ''; after !== null; ) {
    const { services, next } = await client.output(after === '' ? request : { ...request, after });
    yield services;
    after = next;
  }
}

const linesOf = ({ service, output }: ServiceOutput, boot: string): readonly ShownLine[] =>
  output.map(({ at, is_error, job, process, text }) => ({
    kind: 'line',
    boot_id: boot,
    service,
    origin: process === null ? service : originOf(service, process),
    job_id: job,
    is_error,
    timestamp: at,
    text,
  }));
