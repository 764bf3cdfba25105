/** Which lines a command line asks for, beside whose and when. */
import type { OutputStream } from '../../../gen/jobs/types.ts';
import { outputStreamNames } from '../../../gen/jobs/types.ts';
import type { LogsRequest } from '../../../gen/output/types.ts';
import type { Values } from '../options.ts';
import type { TextPattern } from '../text-pattern.ts';
import { textPattern } from '../text-pattern.ts';
import { UsageError } from '../usage-error.ts';
import type { ShownLine } from './log-lines.ts';
import type { OriginAsked } from './origins.ts';

export interface LineFilter {
  readonly pattern: TextPattern | null;
  /** What says whose the line is; null: eventd has looked at it. */
  readonly isOrigin: OriginAsked | null;
  /** What eventd looks at. */
  readonly request: Pick<LogsRequest, 'jobs' | 'operation' | 'stream' | 'text' | 'ignore_case'>;
}

export function lineFilter(values: Values, isOrigin: OriginAsked | null): LineFilter {
  const { grep, job, operation, stream } = values;
  const ignoresCase = values['ignore-case'] === true;
  if (ignoresCase && grep === undefined) throw new UsageError('--ignore-case is about the pattern of --grep, which is missing');
  if (stream !== undefined && !isStream(stream)) throw new UsageError(`--stream takes ${outputStreamNames.join(' or ')}, not ${stream}`);
  const pattern = grep === undefined ? null : textPattern(grep, ignoresCase);
  return {
    pattern,
    isOrigin,
    request: {
      ...(job === undefined ? {} : { jobs: [job] }),
      ...(operation === undefined ? {} : { operation }),
      ...(stream === undefined ? {} : { stream }),
      ...(pattern === null || pattern.text === null ? {} : { text: pattern.text, ...(ignoresCase ? { ignore_case: true } : {}) }),
    },
  };
}

const isStream = (word: string): word is OutputStream => outputStreamNames.some((name) => name === word);

/** Whether a line is one of them. */
export const isAsked = (
  { pattern, isOrigin, request }: LineFilter,
  { job_id: job, is_error: isError, text, service, origin }: Omit<ShownLine, 'kind'>,
): boolean =>
  (isOrigin === null || isOrigin(service, origin)) &&
  (request.jobs === undefined || request.jobs.some((asked) => asked.toLowerCase() === job)) &&
  (request.stream === undefined || (request.stream === 'stderr') === isError) &&
  (pattern === null || pattern.matches(text));
