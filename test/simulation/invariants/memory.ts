/** Memory returns to where it was: after a full cycle nothing is kept but what belongs to processes that cannot be killed. */
import { createPolicy } from '../../../src/policy/policy.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';

export function memoryInvariant({ policy, world }: Scene): Invariant {
  const { state } = policy;
  const atFirst = sizes(createPolicy().state);
  return {
    emptied() {
      const living = new Set([...world.processes].map(({ tree }) => tree));
      const jobs = new Set([...world.processes].map(({ job }) => job));
      const services = new Set([...world.processes].map(({ service }) => service.toLowerCase()));
      for (const [key, { name, state: now }] of state.services) must(services.has(key), () => `memory: ${name} is kept, ${now}`);
      for (const tree of state.trees.keys()) must(living.has(tree), () => `memory: tree ${tree} is kept`);
      for (const [id, { record }] of state.jobs) must(jobs.has(id), () => `memory: job ${id} of ${record.service} is kept`);
      const explained = new Set(['services', 'trees', 'jobs']);
      for (const [name, size] of sizes(state))
        must(
          explained.has(name) || size === (atFirst.get(name) ?? 0),
          () => `memory: ${size} ${name} are kept, at first there were ${atFirst.get(name)}`,
        );
    },
  };
}

/** How many entries each collection of the state holds, whatever collections there are; of a collection of maps, what these hold. */
function sizes(state: object): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [name, value] of Object.entries(state)) {
    if (value instanceof Map) found.set(name, entriesIn(value));
    else if (value instanceof Set) found.set(name, value.size);
    else if (Array.isArray(value)) found.set(name, value.length);
  }
  return found;
}

function entriesIn(map: ReadonlyMap<unknown, unknown>): number {
  let count = 0;
  for (const value of map.values()) count += value instanceof Map ? value.size : 1;
  return count;
}
