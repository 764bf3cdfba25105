import { encodeControlResponse } from '../../../gen/control/encode.ts';
import { protocolVersion } from '../../../gen/control/facts.ts';
import type { BootTimes, MachineStatusResponse } from '../../../gen/control/types.ts';
import { registrydKey } from '../../policy/platform-daemons.ts';
import { formatMomentOrNull, formatTimestamp, formatTimestampOrNull } from '../../wire/timestamp.ts';
import { mayKnowFindings, mayKnowMachine } from '../access.ts';
import type { Caller } from '../caller.ts';
import type { Client } from '../client.ts';
import type { BootInstants, Desk, Handler } from '../context.ts';
import { secondsSinceOrNull } from '../status-shape.ts';

/** Command machine-status: how far the machine is, now or when its boot is over. BOOT-092. */
export const machineStatus: Handler<'machine-status'> = ({ desk, client, caller }, { wait }) => {
  const answer = machineStatusOf(desk, caller);
  if (wait !== true || answer.phase !== 'booting') return answer;
  desk.machineWaiters.wait(client);
  return undefined;
};

/** Answers those who wait, once the boot is over. */
export function answerMachineWaiters(desk: Desk): void {
  if (desk.machineWaiters.size === 0 || phaseOf(desk) === 'booting') return;
  desk.machineWaiters.answerAll((client: Client) => encodeControlResponse['machine-status'](machineStatusOf(desk, client.peer)));
}

export const phaseOf = (desk: Desk): MachineStatusResponse['phase'] =>
  desk.machineInfo().mode === 'recovery' ? 'recovery' : desk.policy.machine().phase;

function machineStatusOf(desk: Desk, caller: Caller): MachineStatusResponse {
  const { mode, reason, bootId, identityMode, times, warnings, containment } = desk.machineInfo();
  const machine = desk.policy.machine();
  const { discretion } = desk;
  return {
    mode,
    phase: phaseOf(desk),
    reason: discretion.text(caller, reason, null),
    boot_id: bootId,
    settled_at: formatMomentOrNull(machine.settledAt),
    failed: discretion.seen(caller, machine.failed),
    waiting_for: discretion.seen(caller, machine.waitingFor),
    warnings: [
      ...discretion.texts(caller, warnings, null),
      ...registryAway(desk, caller),
      ...refusedChanges(desk, caller),
      ...lostRecords(desk, caller),
    ],
    times: timesOf(times),
    restarting: discretion.seen(caller, machine.restarting),
    settled_seconds: secondsSinceOrNull(machine.settledAt, desk.now()),
    identity_mode: identityMode,
    protocol: protocolVersion,
    containment: { mode: containment.mode, mark: containment.mark, weaker: [...containment.weaker] },
  };
}

/** Without registryd nothing of the registry can be read or changed; what was read last stays in force. */
function registryAway(desk: Desk, caller: Caller): readonly string[] {
  if (!desk.discretion.sees(caller, registrydKey)) return [];
  const state = desk.policy.machine().phase === 'settled' ? desk.policy.service(registrydKey)?.state : undefined;
  if (state === undefined || state === 'active' || state === 'reloading') return [];
  const remedy = state === 'starting' || state === 'backoff' ? 'peinit starts it again' : '`peiosctl start registryd` starts it';
  return [`registryd is ${state}: the registry cannot be read or changed until it is up; ${remedy}`];
}

/** What stands in the registry and is not in force, for those who may know. */
export function refusedChanges(desk: Desk, caller: Caller): readonly string[] {
  const refusal = desk.refusedChanges();
  if (refusal === null) return [];
  const reason = mayKnowFindings(desk.access, caller) ? refusal : 'who may reload the configuration sees why';
  return [`changes of the registry are not taken over: ${reason}`];
}

/** Of the audit's records not all are held any more. */
function lostRecords(desk: Desk, caller: Caller): readonly string[] {
  const dropped = desk.auditDropped();
  if (dropped === 0 || !mayKnowMachine(desk.access, caller)) return [];
  return [
    `${dropped} records of refused requests and the like are not held any more: there were too many; see who floods with peiosctl events`,
  ];
}

const timesOf = (times: BootInstants): BootTimes => ({
  started_at: formatTimestamp(times.started),
  registry_started_at: formatTimestampOrNull(times.registryStarted),
  registry_ready_at: formatTimestampOrNull(times.registryReady),
  definitions_read_at: formatTimestampOrNull(times.definitionsRead),
  definitions_loaded_at: formatTimestampOrNull(times.definitionsLoaded),
});
