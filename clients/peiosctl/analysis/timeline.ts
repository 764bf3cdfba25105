/** Where the time of a boot went, from what peinit remembers of it. Instants are microseconds after the first line of peinit. */
import type { BootStep, TimelineResponse, TimelineService } from '../../../gen/control/types.ts';
import { stateFacts } from '../../../gen/service/facts.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

export const phaseNames = ['kernel', 'phase 1', 'registryd', 'provision', 'definitions', 'services'] as const;
export type PhaseName = (typeof phaseNames)[number];

/** `steps`: what it consists of. */
export interface Phase extends Span {
  readonly name: PhaseName;
  readonly steps: readonly Step[];
}

export interface Step extends Span {
  readonly name: string;
}

const phaseOfStep: Readonly<Record<BootStep, PhaseName>> = {
  begin: 'phase 1',
  root: 'phase 1',
  filesystems: 'phase 1',
  runtime_directory: 'phase 1',
  random_seed: 'phase 1',
  machine_id: 'phase 1',
  clock: 'phase 1',
  preparation: 'phase 1',
  registryd: 'registryd',
  probe: 'registryd',
  provisioned_paths: 'provision',
  infrastructure: 'provision',
  read: 'definitions',
  definitions: 'definitions',
};

/** When the boot was over: as far as it has come where it is not. */
export const endOf = ({ settled_us, now_us }: Pick<TimelineResponse, 'settled_us' | 'now_us'>): number => settled_us ?? now_us;

/** The phases that were begun. */
export function phasesOf(timeline: TimelineResponse): readonly Phase[] {
  const phases: Phase[] = [];
  if (timeline.kernel_us !== null) phases.push({ name: 'kernel', from: -timeline.kernel_us, to: 0, steps: [] });
  let from = 0;
  for (const { step, ended_us: to } of timeline.steps) {
    const name = phaseOfStep[step];
    const taken: Step = { name: step.replaceAll('_', ' '), from, to };
    const last = phases.at(-1);
    if (last?.name === name) phases[phases.length - 1] = { ...last, to, steps: [...last.steps, taken] };
    else phases.push({ name, from, to, steps: [taken] });
    from = to;
  }
  const isRead = timeline.steps.some(({ step }) => step === 'definitions');
  if (isRead) phases.push({ name: 'services', from, to: Math.max(from, endOf(timeline)), steps: [] });
  return phases;
}

/** What a service did on its way, in this order. */
export const partNames = ['checks', 'others', 'retries', 'turn', 'hooks', 'token', 'exec', 'readiness', 'post-hooks'] as const;
export type PartName = (typeof partNames)[number];

export const partTexts: Readonly<Record<PartName, string>> = {
  checks: 'conditions and asserts were judged',
  others: 'other services were waited for',
  retries: 'earlier tries and their delays',
  turn: 'a place of MaxParallelStarts, or the end of an opponent, was waited for',
  hooks: 'ExecStartPre ran',
  token: 'the token of its process was waited for',
  exec: 'its process was made',
  readiness: 'it was not ready yet; as a Oneshot it worked',
  'post-hooks': 'ExecStartPost ran',
};

export interface Part extends Span {
  readonly name: PartName;
  /** It is not over. */
  readonly isOpen: boolean;
}

/** The parts that took any time. `now`: until when that counts which is not over. */
export function partsOf(service: TimelineService, now: number): readonly Part[] {
  if (service.asked_us === null) return [];
  const ends = [
    service.checked_us,
    service.freed_us,
    service.retried_us,
    service.launched_us,
    service.prepared_us,
    service.granted_us,
    service.running_us,
    service.up_us,
    service.released_us,
  ];
  const parts: Part[] = [];
  let from = service.asked_us;
  let last = -1;
  for (const [index, end] of ends.entries()) {
    const name = partNames[index];
    if (end === null || name === undefined) continue;
    last = index;
    if (end > from) parts.push({ name, from, to: end, isOpen: false });
    from = Math.max(from, end);
  }
  // Nobody has tried again where nothing went wrong.
  const next = last + 1 === partNames.indexOf('retries') ? last + 2 : last + 1;
  const name = partNames[next];
  const to = service.ended_us ?? now;
  if (name !== undefined && to > from) parts.push({ name, from, to, isOpen: service.ended_us === null });
  return parts;
}

/** When it satisfied, or was given up; null: it is on its way, or was not started. */
export const arrivalOf = ({ up_us, ended_us }: TimelineService): number | null => up_us ?? ended_us;

/** From when on it waited for no other service. */
export const freedOf = (service: TimelineService): number | null => service.freed_us ?? service.checked_us ?? service.asked_us;

/** How long it took to satisfy once nothing was waited for; null: it was not started. */
export function ownTime(service: TimelineService, now: number): number | null {
  const freed = freedOf(service);
  return freed === null ? null : Math.max(0, (arrivalOf(service) ?? now) - freed);
}

export const isUp = ({ state }: TimelineService): boolean => stateFacts[state].satisfies;

/** Those that were started while the machine booted, or for its boot. */
export const started = (timeline: TimelineResponse): readonly TimelineService[] =>
  timeline.services.filter(({ asked_us, boot }) => asked_us !== null && (boot || asked_us <= endOf(timeline)));

/** `812 us`, `12.3 ms`, `1.234 s`, `2 min 3.4 s`. */
export function formatMicroseconds(us: number): string {
  if (us < 0) return `-${formatMicroseconds(-us)}`;
  if (us < 1_000) return `${Math.round(us)} us`;
  if (us < 99_950) return `${(us / 1_000).toFixed(1)} ms`;
  if (us < 999_500) return `${Math.round(us / 1_000)} ms`;
  if (us < 59_999_500) return `${(us / 1_000_000).toFixed(3)} s`;
  const tenths = Math.round(us / 100_000);
  return `${Math.floor(tenths / 600)} min ${((tenths % 600) / 10).toFixed(1)} s`;
}
