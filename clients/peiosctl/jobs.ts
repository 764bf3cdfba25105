/** Ad-hoc jobs for people. */
import type { AdHocJob } from '../../gen/control/types.ts';
import type { ControlClient } from '../typescript/generated/client.ts';
import { formatSpan } from './time.ts';
import { UsageError } from './usage-error.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const fewestLetters = 4;

/** The id that a word stands for: whole, or a part of it where that is in the id of one job only. */
export async function jobMeant(client: ControlClient, word: string): Promise<string> {
  if (uuid.test(word)) return word;
  const part = word.toLowerCase();
  if (!/^[0-9a-f-]+$/.test(part) || part.length < fewestLetters)
    throw new UsageError(`${word} is no id of a job: that is a UUID, or ${fewestLetters} letters of it or more; peiosctl jobs shows them`);
  const { jobs } = await client.jobs({});
  const meant = jobs.filter(({ job_id: id }) => id.includes(part)).map(({ job_id: id }) => id);
  const [only, another] = meant;
  if (only === undefined) throw new UsageError(`no job that is under way has ${word} in its id; peiosctl jobs shows them`);
  if (another !== undefined) throw new UsageError(`${word} may be ${meant.join(' or ')}`);
  return only;
}

/** `running`, `stopping`, `created`. */
export const stateOf = ({ state, stopping }: AdHocJob): string =>
  stopping && (state === 'running' || state === 'created') ? 'stopping' : state;

/** What was run, as a shell would take it. */
export const commandLine = ({ image_path: program, arguments: words }: Pick<AdHocJob, 'image_path' | 'arguments'>): string =>
  [program, ...words].map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');

/** `up 3 s`, `up 3 s of 60 s`. */
export function formatTime({ timeout, uptime_seconds: uptime }: AdHocJob): string {
  const limit = timeout === 0 ? '' : ` of ${formatSpan(timeout)}`;
  return uptime === null ? '-' : `${formatSpan(Number(uptime))}${limit}`;
}

/** How it ended, in words; null: it has not. */
export function formatEnd({ exit_code: code, exit_signal: signal, failure_cause: cause, state }: AdHocJob): string | null {
  if (state === 'created' || state === 'running') return null;
  if (cause !== null) return cause;
  return signal === null ? `exited with code ${code ?? 0}` : `was killed by signal ${signal}`;
}
