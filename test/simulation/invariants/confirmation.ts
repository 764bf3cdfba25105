/** A boot counts as a success once: when the critical services that begin it have satisfied for BootSuccessGrace without a break. */
import type { Happening, Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import type { Known } from './observed.ts';
import { satisfies } from './observed.ts';

const graceNs = 30_000_000_000n;

export function confirmationInvariant({ observed }: Scene): Invariant {
  let booted: { readonly at: bigint; readonly turn: number } | null = null;
  let confirmed = 0;
  const since = new Map<string, bigint>();
  const roots = new Set<string>();

  function begun({ stamp }: Happening): void {
    booted = { at: stamp.monotonic, turn: observed.turn };
    for (const { declared, key } of observed.all())
      if (declared?.errorControl === 'Critical' && !declared.disabled && declared.triggers.some(({ type }) => type === 'boot'))
        roots.add(key);
  }

  function counts({ stamp }: Happening): void {
    confirmed += 1;
    must(confirmed === 1, () => `the boot is confirmed for the ${confirmed}th time`);
    must(booted !== null && stamp.monotonic - booted.at >= graceNs, () => 'the boot is confirmed before its time');
    must(observed.shutdown === null, () => 'the boot is confirmed although the machine ends');
    for (const key of roots) {
      const one = observed.of(key);
      // What became of a service whose definition is another one, or gone, is not known here.
      if (one.removed || one.declaredIn > (booted?.turn ?? 0)) continue;
      const held = stamp.monotonic - (since.get(key) ?? stamp.monotonic);
      must(held >= graceNs, () => `the boot is confirmed, and ${key}, which is critical, has held for ${held} ns`);
    }
  }

  const mayBreak = (one: Known): boolean =>
    !satisfies(one.state) &&
    !(one.state === 'inactive' && one.cause === 'clean_exit' && isOneshot(one)) &&
    [one.declared, one.snapshot].some((each) => each?.errorControl === 'Critical');

  return {
    effect(effect, happening) {
      if (effect.kind === 'boot-confirmed') counts(happening);
      if (effect.kind === 'service-discarded') roots.delete(effect.key);
      if (effect.kind !== 'service-changed') return;
      const passes = effect.to === 'inactive' && effect.cause === 'clean_exit' && isOneshot(observed.of(effect.key));
      if (!satisfies(effect.to) && !passes) since.delete(effect.key);
      else if (!satisfies(effect.from)) since.set(effect.key, happening.stamp.monotonic);
    },
    after(happening) {
      if (happening.event.kind === 'boot') begun(happening);
    },
    calm() {
      must(
        booted === null || confirmed > 0 || [...observed.all()].some(mayBreak),
        () => 'all critical services have held for long, and the boot is not confirmed',
      );
    },
  };
}

const isOneshot = ({ declared }: Known): boolean => declared?.type === 'Oneshot';
