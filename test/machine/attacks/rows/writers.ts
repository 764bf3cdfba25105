import { existsSync, rmSync } from 'node:fs';
import { perl } from '../../../support/perl.ts';
import type { Registry } from '../../../support/services.ts';
import { shell, withServices } from '../../../support/services.ts';
import { until } from '../../../support/wait.ts';
import type { Attack } from '../attack.ts';
import { ask, attackMs } from '../attack.ts';

type Program = ReturnType<typeof shell>;

/** What a writer of a bounded amount says when all is written. */
const done = '/run/written';
const alive = { Readiness: 'Alive', StopTimeout: 1, RestartPolicy: 'Never' };

/** Services that write for as long as an attack lasts, or until what they say is done. */
const writing = (what: string, services: Readonly<Record<string, Program & Registry[string]>>, isBounded = false): Attack => ({
  what,
  who: 'root',
  registry: withServices(Object.fromEntries(Object.entries(services).map(([name, program]) => [name, { ...alive, ...program }]))),
  async run() {
    rmSync(done, { force: true });
    const names = Object.keys(services);
    for (const service of names) await ask({ command: 'start', service });
    const end = performance.now() + attackMs;
    await until('all is written', () => (isBounded ? existsSync(done) : performance.now() >= end));
    for (const service of names) await ask({ command: 'stop', service });
  },
});

const times = (count: number, program: Program): Readonly<Record<string, Program>> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`writer-${index}`, program]));

const lineOf = (bytes: number): string => `print(("x" x ${bytes - 1}) . "\\n")`;

/** It leaves its group for that of all, as nothing but a container keeps root from, and stays for two seconds. */
const staying = 'echo $$ > /sys/fs/cgroup/cgroup.procs; exec sleep 2';

/** On the pipes of services: whoever writes badly harms nobody. */
export const writers: readonly Attack[] = [
  writing('a service writes a gigabyte and no line', { noisy: shell(`head -c 1G /dev/zero; : >${done}; exec sleep 1000`) }, true),
  writing('a service writes one byte at a time', { noisy: perl('while (1) { syswrite STDOUT, "x"; syswrite STDERR, "\\n" }') }),
  writing('a service closes its streams and opens them again all the time', {
    noisy: shell('exec 3>&1; while :; do exec >&- 2>&-; exec >/proc/self/fd/3 2>&1; echo again; done'),
  }),
  writing('a service writes what steers a terminal', { noisy: shell('exec yes "$(printf "\\033[2J\\033]0;mine\\007\\033[31m\\r")"') }),
  writing(
    '50 services write 100 000 lines a second',
    times(50, perl(`$| = 0; while (1) { ${lineOf(100)} for 1..100; $|++; $|--; select(undef, undef, undef, 0.05) }`)),
  ),
  {
    ...writing('a service ends and starts again all the time, and leaves behind who holds its pipes', {
      noisy: {
        ...shell(`setsid sh -c '${staying}' & sleep 0.02`),
        RestartPolicy: 'Always',
        RestartDelay: 0,
        RestartMaxRetries: 1000,
      },
    }),
    needsCgroups: true,
  },
];
