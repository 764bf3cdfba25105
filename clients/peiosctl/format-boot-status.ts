import type { BootStatusResponse } from '../../gen/control/types.ts';
import { rows } from './format-status.ts';
import { formatInstant, formatPast } from './time.ts';

/** What `boot-status` prints. */
export function formatBootStatus(status: BootStatusResponse, width: number | null): readonly string[] {
  const lines = [...rows('mode', status.mode, width)];
  if (status.reason !== null) lines.push(...rows('reason', status.reason, width));
  lines.push(...rows('attempt', attemptText(status), width), ...rows('success', successText(status), width));
  if (status.waiting_for.length > 0) lines.push(...rows('waits for', status.waiting_for.join(', '), width));
  for (const { attempt, at, reason } of status.ends) lines.push(...rows(`boot ${attempt}`, `${formatInstant(at)}: ${reason}`, width));
  return lines;
}

function attemptText({ attempt, confirmed, limit, mode }: BootStatusResponse): string {
  if (attempt === null) return mode === 'recovery' ? 'none: Recovery is not counted' : 'this boot could not be counted';
  if (limit === 0) return `${attempt}; any number may fail (peios.bootattempts=0)`;
  const isLast = attempt >= limit && !confirmed;
  return `${attempt} of ${limit}${isLast ? '; the next boot is Recovery if this one does not succeed' : ''}`;
}

function successText({ mode, phase, confirmed, confirmed_at, remaining_seconds, grace_seconds }: BootStatusResponse): string {
  if (confirmed) return confirmed_at === null ? 'yes' : `yes, ${formatPast(confirmed_at, null)}`;
  if (mode === 'recovery') return 'no: Recovery is none';
  if (phase === 'stopping') return 'no: the machine shuts down before';
  const all = 'the critical services';
  const grace = `BootSuccessGrace is ${grace_seconds}`;
  if (remaining_seconds !== null) return `not yet: in ${remaining_seconds} s, if ${all} stay up until then (${grace})`;
  if (grace_seconds === 0) return `not yet: ${all} must all be up (${grace})`;
  return `not yet: ${all} must all be up, and stay up for ${grace_seconds} s (${grace})`;
}
