/**
 * What services write and what happens reaches the event daemon, or it is told that it does not: in order, once, in time while the daemon
 * is well, and nobody waits for a daemon that is not. LOG-014 to -017.
 */
import { eventdKey } from '../../../src/policy/platform-daemons.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';

/** How long nothing may be kept before writers go on without the daemon, and a little more. */
const patienceNs = 2.1e9;
/** The longest pause before the next try, an attempt, and a little more. */
const retryNs = 25e9;

interface Moment {
  readonly at: number;
  readonly lines: number;
  readonly events: number;
}

export function outputInvariant({ output }: Scene): Invariant {
  if (output === null) return {};
  const { eventd, kept } = output;
  /** What there was some time ago. */
  let before: Moment = { at: 0, lines: 0, events: 0 };
  /** Since when its service is up. */
  let upSince: number | null = null;

  function checkKept(now: number): void {
    const { wellSince } = eventd;
    if (wellSince === null || wellSince > before.at) return;
    const { stored } = kept;
    must(stored.log >= before.lines, () => `${stored.log} lines are kept of ${before.lines} that were read ${now - before.at} ns ago`);
    must(stored.event >= before.events, () => `${stored.event} events are kept of ${before.events} from ${now - before.at} ns ago`);
  }

  /** A writer waits for a daemon that makes progress, and for no other one. */
  function checkPipes(now: number): void {
    const isWell = eventd.wellSince !== null && now - eventd.wellSince > patienceNs;
    if (!isWell && now - eventd.progressAt <= patienceNs) return;
    for (const { leftSince } of output?.pipes ?? [])
      must(leftSince === null || now - leftSince <= patienceNs, () => `a pipe was left alone for ${now - (leftSince ?? 0)} ns`);
  }

  function checkConnection(now: number): void {
    if (upSince === null || eventd.listensSince === null || eventd.aloneSince === null) return;
    const since = Math.max(upSince, eventd.listensSince, eventd.aloneSince);
    must(now - since <= retryNs, () => `nobody has connected to the event daemon for ${now - since} ns`);
  }

  function look(now: number): void {
    if (output?.broken !== null && output?.broken !== undefined) throw output.broken.error;
    if (now - before.at < patienceNs) return;
    checkKept(now);
    checkPipes(now);
    checkConnection(now);
    before = { at: now, lines: output?.linesRead ?? 0, events: output?.lastEvent ?? 0 };
  }

  return {
    effect(effect, { stamp }) {
      if (effect.kind !== 'service-changed' || effect.key !== eventdKey) return;
      const isUp = effect.to === 'active' || effect.to === 'reloading';
      upSince = isUp ? (upSince ?? Number(stamp.monotonic)) : null;
    },
    after: ({ stamp }) => look(Number(stamp.monotonic)),
    sweep: (stamp) => look(Number(stamp.monotonic)),
    end: (stamp) => look(Number(stamp.monotonic)),
  };
}
