/** healthcheck of a Compose file. */
import { hookOf, plainProgram, shellHook } from '../commands.ts';
import type { Draft } from '../conversion.ts';
import { setSeconds } from '../durations.ts';
import type { ComposeEntry } from './data.ts';
import { isList, isObject, textOf } from './data.ts';

const times = { interval: 'healthCheckInterval', timeout: 'healthCheckTimeout' } as const;

export function healthCheck(draft: Draft, entry: ComposeEntry): void {
  if (!isObject(entry.data)) return draft.lost(entry, 'this is no map');
  const { test = null, disable, ...rest } = entry.data;
  const words = isList(test) ? test.map(textOf) : ['CMD-SHELL', textOf(test)];
  const [kind, ...command] = words;
  if (disable === true || kind === 'NONE') return draft.needless(entry, 'without a HealthCheck there is none');
  if (kind === 'CMD') draft.set('healthCheck', hookOf(plainProgram(command)));
  else if (kind === 'CMD-SHELL' && command[0] !== '') draft.set('healthCheck', shellHook(command[0] ?? ''));
  else return draft.lost(entry, 'its test is none of CMD, CMD-SHELL and NONE');
  for (const [key, value] of Object.entries(rest)) {
    const part = { ...entry, word: `${entry.word}: ${key}`, value: textOf(value) };
    if (key === 'interval' || key === 'timeout') setSeconds(draft, times[key], part, 1);
    else if (key === 'retries') draft.set('healthCheckRetries', Math.max(Number(value) || 1, 1));
    else draft.lost(part, 'checks begin when the service is up: a ReadinessCheck waits for that, within StartTimeout');
  }
  // A service must be found unhealthy before its failures are forgotten.
  const { healthCheckInterval: interval = 30, healthCheckRetries: retries = 3 } = draft.fields;
  if (interval * retries >= 120) {
    draft.set('restartWindow', interval * retries + 1);
    draft.changed(entry, `RestartWindow is ${interval * retries + 1} s, more than the checks that make it unhealthy take`);
  }
}
