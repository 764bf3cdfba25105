/**
 * Who grants tokens in a simulated life: mostly at once, but also late, never, twice, with a refusal, or after the request was taken back.
 */
import type { RequestToken, Token } from '../../src/policy/effects.ts';
import type { TokenDone } from '../../src/policy/events.ts';
import type { Random } from '../support/random.ts';
import { systemFacts } from '../support/token-facts.ts';
import type { Scheduler } from './scheduler.ts';

export interface Authority {
  /** Tokens that were granted and neither used nor given back, with the job that each was granted for. */
  readonly outstanding: ReadonlyMap<Token, string>;
  request(effect: RequestToken): void;
  cancel(job: string): void;
  /** A process is made with it, or it is given back. */
  spend(token: Token): void;
}

export function createAuthority(randomFor: (name: string) => Random, scheduler: Scheduler, post: (event: TokenDone) => void): Authority {
  const outstanding = new Map<Token, string>();
  /** Requests that were taken back; some are answered all the same. */
  const cancelled = new Set<string>();
  let latest = 0;

  function grant(job: string): void {
    latest += 1;
    outstanding.set(latest, job);
    post({ kind: 'token-done', job, outcome: { ok: true, token: latest, facts: systemFacts } });
  }

  function answer(job: string, random: Random): void {
    if (cancelled.delete(job) && random.chance(0.5)) return;
    if (random.chance(0.03)) return post({ kind: 'token-done', job, outcome: { ok: false, message: 'the authority refuses' } });
    grant(job);
    if (random.chance(0.03)) scheduler.after(random.below(2e9), () => grant(job));
  }

  return {
    outstanding,
    request({ job, service }) {
      const random = randomFor(`${service}/token`);
      if (random.chance(0.01)) return;
      const delayNs = random.chance(0.85) ? 0 : random.below(random.chance(0.8) ? 20e6 : 20e9);
      scheduler.after(delayNs, () => answer(job, random));
    },
    cancel: (job) => void cancelled.add(job),
    spend: (token) => void outstanding.delete(token),
  };
}
