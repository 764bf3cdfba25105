/** The final failure of a service asks for a start of its handler, and nothing else does. PSD-007 5.2. */
import type { Cause } from '../../../gen/service/types.ts';
import { foldName } from '../../../src/policy/definition/names.ts';
import type { Happening, Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import type { Known } from './observed.ts';

/** Typed by hand from CAUSE-026. */
const silent: ReadonlySet<Cause> = new Set([
  'shutdown_wave',
  'validation_error',
  'cycle_detected',
  'dependency_failure',
  'assertion_error',
]);

export function handlerInvariant({ observed }: Scene): Invariant {
  /** Handlers of those that this event has failed, with what is said when nothing asks for them. */
  let called: { readonly by: string; readonly handlers: ReadonlySet<string>; readonly must: boolean; readonly cause: Cause }[] = [];
  return {
    effect(effect) {
      if (effect.kind !== 'service-changed' || effect.to !== 'failed') return;
      const one = observed.of(effect.service);
      const definitions = [one.declared, one.snapshot, one.reloaded].filter((each) => each !== null);
      const names = definitions.map(({ onFailure }) => (onFailure === undefined ? null : foldName(onFailure)));
      const [declared = null] = names;
      const agree = names.every((name) => name === declared);
      const handler = agree && declared !== null ? observed.of(declared) : null;
      const isThere = handler !== null && handler.declared !== null && !handler.removed;
      const isUp = handler?.state === 'active' || handler?.state === 'reloading' || handler?.state === 'abandoned';
      called.push({
        by: one.key,
        handlers: new Set(names.filter((name) => name !== null)),
        must: isThere && !isUp && !silent.has(effect.cause) && !isReboot(one, effect.cause) && observed.shutdown === null,
        cause: effect.cause,
      });
    },
    after(happening) {
      const failed = called;
      called = [];
      const asked = requested(happening);
      for (const handler of asked.handlers)
        must(
          failed.some(({ handlers, cause }) => handlers.has(handler) && !silent.has(cause)),
          () => `handler ${handler} is started, and nobody that names it has failed`,
        );
      if (asked.rebooting) return;
      for (const { by, handlers, must: isWanted } of failed) {
        const [handler = ''] = handlers;
        const { state } = observed.of(handler);
        must(
          !isWanted || state === 'active' || asked.handlers.has(handler) || asked.suppressed.has(by),
          () => `${by} failed, and its handler ${handler}, which is ${state}, is not started`,
        );
      }
    },
  };
}

/** The machine reboots instead. CAUSE-033. */
const isReboot = ({ declared, snapshot }: Known, cause: Cause): boolean =>
  cause === 'restart_budget_exhausted' && [declared, snapshot].some((each) => each?.errorControl === 'Critical');

function requested({ step }: Happening) {
  const handlers = new Set<string>();
  const suppressed = new Set<string>();
  let rebooting = false;
  for (const effect of step.effects) {
    if (effect.kind === 'operation-changed' && effect.operation.source === 'on_failure' && effect.operation.startedAt === null)
      if (effect.operation.state === 'pending') handlers.add(foldName(effect.operation.service));
    if (effect.kind === 'recorded' && effect.event.event === 'on_failure.loop_suppressed') {
      const { service, handler, chain } = effect.event.payload;
      const key = foldName(handler);
      must(chain.includes(key) || chain.length === 16, () => `${handler} is suppressed after ${chain.join(' ')}`);
      suppressed.add(foldName(service));
    }
    if (effect.kind === 'critical-failure') rebooting = true;
  }
  return { handlers, suppressed, rebooting };
}
