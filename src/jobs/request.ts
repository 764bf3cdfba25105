/** From the line of a submitter to what is to be run, or the refusal that names the first member that is wrong. PSD-007 7.2. */
import { requestMembers } from '../../gen/jobs/check.ts';
import type { SubmitError, SubmitRequest } from '../../gen/jobs/types.ts';
import type { JsonObject, JsonValue } from '../json/text.ts';
import type { Submission } from '../policy/events.ts';
import { quoted } from '../wire/refusal.ts';

/** Why there is no job; `problem` is a clause without a full stop. */
export interface Refused {
  readonly code: SubmitError;
  readonly problem: string;
  /** What the submitter can do, where it is not what the code says. */
  readonly remedy?: string;
}

export type Wanted = Omit<Submission, 'submitter'>;

const members = requestMembers.SubmitRequest;
const memberNames: ReadonlySet<string> = new Set(members.map(({ name }) => name));
/** All that a program is told at once is bounded by the kernel; this is far below. */
const mostVariables = 1024;

const invalid = (problem: string, remedy?: string): Refused => ({
  code: 'INVALID_ARGUMENTS',
  problem,
  ...(remedy === undefined ? {} : { remedy }),
});

export function wantedIn(object: JsonObject): Wanted | Refused {
  // One that means nothing here meant something to whoever wrote it: an identity, a restart policy. JFS-007, JFS-008, O-91.
  const foreign = Object.keys(object).find((name) => !memberNames.has(name));
  if (foreign !== undefined) return invalid(`a job has no member ${quoted(foreign)}`, remedyFor(foreign));
  const wrong = members.find(({ name, check }) => !check(object[name]));
  if (wrong !== undefined) {
    const value = object[wrong.name];
    const problem =
      value === undefined ? `is missing; it must be ${wrong.expected}` : `must be ${wrong.expected}, but is ${inWords(value)}`;
    return invalid(`member ${quoted(wrong.name)} ${problem}`);
  }
  // Every member was checked.
  const request = object as unknown as SubmitRequest;
  const environment = environmentIn(request.environment ?? {});
  if ('code' in environment) return environment;
  return {
    argv: [request.image_path, ...(request.arguments ?? [])],
    environment: environment.entries,
    workingDirectory: request.working_directory ?? '/',
    timeoutSeconds: request.timeout ?? 0,
    description: request.description ?? null,
  };
}

const remedyFor = (name: string): string =>
  /identity|user|uid|gid|group|sid|token|principal/i.test(name)
    ? 'It runs as whoever submits it; leave the member out.'
    : `Members are ${[...memberNames].join(', ')}.`;

function environmentIn(given: JsonObject): { readonly entries: readonly string[] } | Refused {
  const entries: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (name === '' || /[=\u0000]/.test(name))
      return invalid(`member "environment" has a variable ${quoted(name)}, which is no name for one`);
    if (typeof value !== 'string' || value.includes('\u0000'))
      return invalid(`member "environment" must have strings without NUL alone, but ${quoted(name)} is ${inWords(value)}`);
    entries.push(`${name}=${value}`);
  }
  if (entries.length > mostVariables) return invalid(`member "environment" has ${entries.length} variables, more than ${mostVariables}`);
  return { entries };
}

function inWords(value: JsonValue | undefined): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}
