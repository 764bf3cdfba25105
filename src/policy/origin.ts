import type { ProcessPart } from '../../gen/service/types.ts';
import { originOf } from './definition/names.ts';

/** Where a process and its output belong: to the service itself, or to one of its commands. LOG-003. */
export interface Origin {
  /** Of an ad-hoc job: the name of its tree, which holds its id and no service can have. LOG-002. */
  readonly service: string;
  /** The field that the command stands in, or a step of a mount; null: the main process. */
  readonly part: ProcessPart | null;
  /** Place in a field of several commands; null in the others. */
  readonly index: number | null;
}

/** ExecStartPre[0], HealthCheck; null: the service itself. */
export const partText = ({ part, index }: Origin): string | null => (index === null ? part : `${part}[${index}]`);

/** What the tree of an ad-hoc job is called, before its id. No service can be called so. EXEC-039. */
export const jobTreePrefix = '@job-';

/** web, web/ExecStartPre[0], mount:/data//fsck, jobs/ID. WIRE-041. */
export function originText(origin: Origin): string {
  const { service } = origin;
  const whose = service.startsWith(jobTreePrefix) ? `jobs/${service.slice(jobTreePrefix.length)}` : service;
  const part = partText(origin);
  return part === null ? whose : originOf(whose, part);
}

/** A line that a process of a service wrote, as people are shown it. */
export interface KeptLine {
  readonly job: string;
  /** ExecStartPre[0], HealthCheck; null: the main process. */
  readonly part: string | null;
  readonly isError: boolean;
  /** CLOCK_REALTIME nanoseconds. */
  readonly at: bigint;
  readonly text: string;
}

/** Which lines of a service are asked for. */
export interface LinesWanted {
  readonly most: number;
  /** Of these jobs only; null: of all. */
  readonly jobs: readonly string[] | null;
}
