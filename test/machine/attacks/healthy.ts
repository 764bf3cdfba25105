/** The services that must come to no harm, and whether they did. */
import type { ControlClient } from '../../../clients/typescript/generated/client.ts';
import type { StatusResponse } from '../../../gen/control/types.ts';
import { notifies, perl } from '../../support/perl.ts';
import type { Registry } from '../../support/services.ts';
import { shell, withServices } from '../../support/services.ts';

const boot = { Triggers: ['boot'] };

/** One that must be heard in time, one that tells how it is, one that is looked at, and one that is left alone. */
const definitions = {
  watched: {
    ...boot,
    ...perl(`${notifies} say_to("READY=1"); while (1) { say_to("WATCHDOG=1"); select(undef, undef, undef, 0.4) }`),
    WatchdogTimeout: 2,
  },
  telling: { ...boot, ...perl(`${notifies} say_to("READY=1"); while (1) { say_to("STATUS=" . ++$n); select(undef, undef, undef, 0.2) }`) },
  checked: {
    ...boot,
    ...shell('exec sleep 1000'),
    Readiness: 'Alive',
    HealthCheck: '/bin/true',
    HealthCheckInterval: 1,
    HealthCheckTimeout: 1,
    HealthCheckRetries: 1,
  },
  plain: { ...boot, ...shell('exec sleep 1000'), Readiness: 'Alive' },
};

export const healthy: Registry = withServices(definitions);

export type Healthy = keyof typeof definitions;
const names = Object.keys(definitions) as readonly Healthy[];

/** Main process of each. */
export type Roll = ReadonlyMap<Healthy, number>;

const statuses = (client: ControlClient): Promise<readonly (readonly [Healthy, StatusResponse])[]> =>
  Promise.all(names.map(async (name) => [name, await client.status({ service: name })] as const));

export async function callRoll(client: ControlClient): Promise<Roll> {
  return new Map((await statuses(client)).map(([name, { current_job: job }]) => [name, job?.pid ?? 0]));
}

/** What happened to them since, in words; none when all went well. */
export async function harmedSince(roll: Roll, client: ControlClient): Promise<readonly string[]> {
  return (await statuses(client)).flatMap(([name, { state, cause, health, current_job: job }]) => {
    if (state !== 'active') return [`${name} is ${state} (${cause})`];
    if (health === 'unhealthy') return [`${name} counts as unhealthy`];
    return job?.pid === roll.get(name) ? [] : [`${name} was started again (${cause})`];
  });
}
