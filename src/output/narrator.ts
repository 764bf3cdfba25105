import { causeFacts } from '../../gen/service/facts.ts';
import { withoutName } from '../policy/definition/names.ts';
import { restartPlan } from '../policy/details.ts';
import type { Effect } from '../policy/effects.ts';
import type { MachineView } from '../policy/view.ts';
import type { Console, Weight } from './console.ts';

type ServiceChanged = Extract<Effect, { kind: 'service-changed' }>;

export interface NarratorParts {
  readonly console: Pick<Console, 'line'>;
  readonly machine: () => MachineView;
  readonly serviceCount: () => number;
}

/**
 * Tells on the console what happens to services: every step while the machine boots or stops, and at all times what an administrator must
 * see. LOG-018, CAUSE-027.
 */
export function createNarrator(parts: NarratorParts): (effect: Effect) => void {
  const { line } = parts.console;
  /** The latest failure that was told, so that the restart after it is told too. */
  const unwell = new Set<string>();
  /** Why it had to be restarted, as it was told, and when. */
  const explained = new Map<string, { readonly reason: string; readonly at: bigint }>();
  /** Effects of one event come after all of it has happened, so the end of the boot is where they say it is. */
  let booting = true;

  function changed(effect: ServiceChanged): void {
    const { service, to, from, cause, detail } = effect;
    // The line begins with the name of the service.
    const why = detail === null ? causeFacts[cause].words : withoutName(detail, service);
    const tell = (text: string, weight: Weight): void => line(`${service}: ${text}`, weight, service);
    switch (to) {
      case 'failed':
      case 'abandoned':
      case 'backoff':
        unwell.add(service);
        return to === 'backoff' ? tell(`backoff: ${unlessSaid(effect, why)}`, 'setback') : tell(`${to}: ${why}`, 'failure');
      case 'skipped':
        return tell(`skipped: ${why}`, 'progress');
      case 'active':
      case 'completed': {
        const isBack = from !== 'reloading' && unwell.delete(service);
        if (from === 'reloading' || !(telling() || isBack || detail !== null)) return;
        return tell(detail === null ? to : `${to}: ${why}`, isBack || detail !== null ? 'info' : 'progress');
      }
      case 'starting':
      case 'stopping':
        return telling() ? tell(to, 'progress') : undefined;
      case 'inactive':
        if (from === 'skipped') return tell(`no longer skipped: ${why}`, 'progress');
        // One that leaves processes behind does not do what somebody wanted; one of the boot may have been meant to stay.
        if (cause === 'clean_exit' && from === 'active' && (booting || detail !== null))
          return tell(`ended: ${why}`, detail === null ? 'progress' : 'setback');
        return parts.machine().shuttingDown && from === 'stopping' ? tell('stopped', 'progress') : undefined;
      case 'reloading':
        return;
    }
  }

  /** One that fails again and again in the same way need not explain it each time. */
  function unlessSaid({ key, at }: ServiceChanged, why: string): string {
    const plan = why.indexOf(restartPlan);
    if (plan < 0) return why;
    const reason = why.slice(0, plan).replaceAll(/\bpid \d+/g, 'pid');
    const before = explained.get(key);
    if (before?.reason === reason && at - before.at < remembersNs) return `as before. ${why.slice(plan)}`;
    explained.set(key, { reason, at });
    return why;
  }

  const telling = (): boolean => booting || parts.machine().shuttingDown;

  function settled(): void {
    booting = false;
    const { failed, restarting } = parts.machine();
    const count = parts.serviceCount();
    const services = count === 1 ? '1 service' : `${count} services`;
    const also = restarting.length === 0 ? '' : `; ${restarting.length} in backoff: ${some(restarting)}`;
    const text = `settled: ${services}, ${failed.length === 0 ? 'none failed' : `${failed.length} failed: ${some(failed)}`}${also}`;
    line(text, failed.length > 0 ? 'failure' : restarting.length > 0 ? 'setback' : 'progress');
  }

  return (effect) => {
    if (effect.kind === 'service-changed') changed(effect);
    else if (effect.kind === 'report' && effect.console)
      line(effect.text, effect.level === 'info' ? 'progress' : effect.level, effect.service);
    else if (effect.kind === 'settled') settled();
    else if (effect.kind === 'service-discarded') explained.delete(effect.key);
  };
}

/** So long somebody who looks at the console still sees the explanation. */
const remembersNs = 300_000_000_000n;

/** Each had a line of its own already. */
const shownNames = 20;

const some = (names: readonly string[]): string =>
  names.length <= shownNames ? names.join(', ') : `${names.slice(0, shownNames).join(', ')} and ${names.length - shownNames} more`;
