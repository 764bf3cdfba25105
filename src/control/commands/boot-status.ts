import type { BootStatusResponse } from '../../../gen/control/types.ts';
import { formatMomentOrNull } from '../../wire/timestamp.ts';
import type { Handler } from '../context.ts';
import { phaseOf } from './machine-status.ts';

/** Command boot-status: whether this boot counts as a success, and what it waits for. BOOT-048, O-138. */
export const bootStatus: Handler<'boot-status'> = ({ desk, caller }): BootStatusResponse => {
  const { mode, reason, attempts } = desk.machineInfo();
  const { confirmation } = desk.policy.machine();
  const { confirmedAt, endsAt, graceSeconds, waitingFor } = confirmation;
  const { discretion } = desk;
  const phase = phaseOf(desk);
  const leftNs = endsAt === null ? null : endsAt - desk.now().monotonic;
  return {
    mode,
    reason: discretion.text(caller, reason, null),
    attempt: attempts.attempt,
    limit: attempts.limit,
    confirmed: confirmedAt !== null,
    confirmed_at: formatMomentOrNull(confirmedAt),
    waiting_for: phase === 'stopping' ? [] : discretion.seen(caller, waitingFor),
    remaining_seconds: leftNs === null ? null : Math.max(0, Math.ceil(Number(leftNs) / 1e9)),
    grace_seconds: graceSeconds,
    ends: attempts.ends.map(({ attempt, at, text }) => ({ attempt, at, reason: discretion.text(caller, text, null) })),
    phase,
  };
};
