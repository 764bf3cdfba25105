/**
 * Runs inside a machine that has settled: starts and stops each service in turn, round after round, and prints what the stops took as one
 * line of JSON.
 *
 *   node inside.ts ROUNDS SERVICE...
 */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { ControlClient } from '../../clients/typescript/generated/client.ts';
import { connectControl } from '../../clients/typescript/transport.ts';

/** Milliseconds of each stop by the name of the service. */
export type StopRecord = Readonly<Record<string, readonly number[]>>;

async function measure(rounds: number, services: readonly string[]): Promise<StopRecord> {
  const transport = await connectControl();
  const client = new ControlClient(transport);
  const taken: Record<string, number[]> = Object.fromEntries(services.map((service) => [service, []]));
  for (let round = 0; round < rounds; round++) {
    for (const service of services) {
      await client.start({ service, wait: true });
      // The shell has made its children: what is alive need not have come so far.
      const told = await client.status({ service });
      if (told.state !== 'active') throw new Error(`${service} is ${told.state}`);
      await untilGrown(service);
      const begun = process.hrtime.bigint();
      await client.stop({ service, wait: true });
      taken[service]?.push(Number(process.hrtime.bigint() - begun) / 1e6);
    }
  }
  transport.close();
  return taken;
}

/** Processes of the services that begin with the word wrapper: the shell and what it runs. */
async function untilGrown(service: string): Promise<void> {
  const wanted = service.startsWith('wrapper') ? 2 : 1;
  const path = `/sys/fs/cgroup/peinit/${service}/main/cgroup.procs`;
  for (let tries = 0; tries < 2000; tries++) {
    if (readFileSync(path, 'utf8').trim().split('\n').length >= wanted) return;
    await setTimeout(1);
  }
  throw new Error(`${service} has not ${wanted} processes`);
}

if (import.meta.main) {
  const [rounds = '', ...services] = process.argv.slice(2);
  process.stdout.write(`${JSON.stringify(await measure(Number(rounds), services))}\n`);
}
