/** Runs inside the machine after it has settled: prints when each step of the boot was done, as one line of JSON. */
import { readFileSync } from 'node:fs';
import { ControlClient } from '../../clients/typescript/generated/client.ts';
import { connectControl } from '../../clients/typescript/transport.ts';
import type { BootTimes, StatusResponse } from '../../gen/control/types.ts';

const platform = ['registryd', 'authd', 'eventd'];

export interface BootRecord {
  readonly times: BootTimes;
  readonly settledAt: string;
  /** CPU time of PID 1 so far, in ms. */
  readonly cpu: number;
  /** Proportional set size of PID 1, in MB. */
  readonly memory: number;
  /** CPU time of all processes so far, in ms. */
  readonly allCpu: number;
  /** `cpu` in ms. Null: this machine has none. */
  readonly authority: { readonly startedAt: string; readonly activeAt: string; readonly cpu: number } | null;
  /** Services of the boot without those of the platform: when their process started and when they were last seen to become active. */
  readonly services: readonly { readonly startedAt: string; readonly activeAt: string }[];
}

/** Of a process with one busy thread, in ms. */
const cpuOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;

const instantsOf = ({ current_job, since }: Pick<StatusResponse, 'current_job' | 'since'>) => ({
  startedAt: current_job?.started_at ?? '',
  activeAt: since ?? '',
});

async function look(): Promise<BootRecord> {
  const cpu = cpuOf(1);
  const cpuUs = /^usage_usec (\d+)/m.exec(readFileSync('/sys/fs/cgroup/cpu.stat', 'utf8'))?.[1];
  const memoryKb = /^Pss: +(\d+)/m.exec(readFileSync('/proc/1/smaps_rollup', 'utf8'))?.[1];
  const transport = await connectControl();
  const client = new ControlClient(transport);
  const machine = await client.machineStatus({});
  const { services } = await client.list();
  const names = services.map(({ service }) => service).filter((name) => !platform.includes(name));
  const all = await Promise.all(names.map((service) => client.status({ service })));
  const late = all.filter(({ state }) => state !== 'active' && state !== 'completed');
  if (late.length > 0) throw new Error(`${late.length} services are not active, the first is ${late[0]?.service}: ${late[0]?.detail}`);
  if (machine.settled_at === null) throw new Error('the machine has not settled');
  const authd = services.some(({ service }) => service === 'authd') ? await client.status({ service: 'authd' }) : null;
  transport.close();
  if (authd !== null && authd.state !== 'active') throw new Error(`authd is not active: ${JSON.stringify(authd)}`);
  const running = all.filter(({ state }) => state === 'active');
  return {
    times: machine.times,
    settledAt: machine.settled_at,
    cpu,
    memory: Number(memoryKb) / 1024,
    allCpu: Number(cpuUs) / 1000,
    authority: authd === null ? null : { ...instantsOf(authd), cpu: cpuOf(authd.current_job?.pid ?? 0) },
    services: running.map(instantsOf),
  };
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await look())}\n`);
