import type { OutputLine, StatusResponse } from '../../gen/control/types.ts';
import type { ControlClient } from '../typescript/generated/client.ts';
import { ControlError } from '../typescript/transport.ts';
import type { Answer } from './format-answer.ts';

/** Lines that are looked through for those of one command of the service, and how many of them are told. */
const searchedLines = 200;
const toldLines = 10;

/** What went wrong with what was asked of a service: its status, with the last lines of the process that failed; null: nobody is to see. */
export async function troubleOf(client: ControlClient, answer: Answer): Promise<StatusResponse | null> {
  const { service } = answer;
  try {
    // While the service goes on, what failed is the command that was to reload it.
    if (!('mode' in answer) || answer.mode !== 'failed' || answer.state !== 'active') return await client.status({ service });
    const status = await client.status({ service, lines: searchedLines });
    return { ...status, output: ofLast(status.output, 'ExecReload') ?? status.output.slice(-toldLines) };
  } catch (error) {
    if (error instanceof ControlError) return null;
    throw error;
  }
}

/** With what went wrong, as `status` tells it. */
export const inJson = (answer: Answer, trouble: StatusResponse | null): object =>
  trouble === null ? answer : { ...answer, detail: trouble.detail, output: trouble.output };

/** Those of the last run of that command; null: it said nothing. */
function ofLast(output: readonly OutputLine[], process: string): readonly OutputLine[] | null {
  const last = output.findLast((line) => line.process === process);
  return last === undefined ? null : output.filter(({ job }) => job === last.job).slice(-toldLines);
}
