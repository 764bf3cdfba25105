/** bin/run-benchmarks: runs the benchmarks that are named, or all; prints tables, and JSON to a file. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchBoot } from './boot/boot.ts';
import { benchDemo } from './boot/demo.ts';
import { benchIdentities } from './boot/identities.ts';
import { benchSpawn } from './boot/spawn.ts';
import { benchCalendar } from './calendar/calendar.ts';
import { benchClients } from './clients/clients.ts';
import { benchControl } from './control/control.ts';
import { benchStore } from './eventd/store.ts';
import { benchFlood } from './flood/flood.ts';
import { benchIdle } from './idle/idle.ts';
import { benchMemory } from './memory/memory.ts';
import { benchOutput } from './output/output.ts';
import { benchPolicy } from './policy/policy.ts';
import { benchSecurity } from './security/security.ts';
import { benchShutdown } from './shutdown/shutdown.ts';
import { benchStop } from './stop/stop.ts';
import { benchStored } from './stored/stored.ts';
import { waitForCalm } from './support/calm.ts';
import { formatMachine, machineFacts } from './support/machine.ts';
import type { Section } from './support/report.ts';
import { formatSection, toJson } from './support/report.ts';

const usage = `usage: bin/run-benchmarks BENCHMARK... [--runs N] [--calm SECONDS] [--json FILE]; all without one

  boot        100 and 1000 services that send READY=1, against a C loop of the identical steps
  identities  1000 services with users of their own, against as many of SYSTEM
  spawn       the call that starts a process, through the shim
  demo        the demo machine: its first service, and the import of its registry file
  control     status requests, against a plain Node server
  clients     status requests through each client library, against a bare socket in its own language
  output      lines of services taken by PID 1, against a C loop, dinit, s6-log and journald
  stored      lines of services until they are in eventd's database, against journald
  flood       200 services that write at once: who gets what, who asks, who ends
  store       eventd's store by itself: records taken, and found among ten million lines
  idle        context switches of PID 1 while nothing happens
  memory      what PID 1 and the daemons have in memory then
  policy      one event on machines of 100, 1000 and 10 000 services
  calendar    the next time of a calendar expression
  security    what a token may do with a service
  shutdown    the end of a machine with 1000 services, against a C loop that signals and reaps
  stop        a program and a wrapper, against a signal to the whole cgroup

  --runs N        runs of each instead of its own number
  --calm SECONDS  waits no longer until the machine is calm, before each run (15)
  --json FILE     writes every sample there as well

All peers run in the same run, in turn. Needs root, as bin/peinit-sandbox does; what bin/setup makes ready must be there.
`;

type Name =
  | 'boot'
  | 'calendar'
  | 'clients'
  | 'identities'
  | 'spawn'
  | 'demo'
  | 'control'
  | 'flood'
  | 'idle'
  | 'memory'
  | 'output'
  | 'policy'
  | 'security'
  | 'shutdown'
  | 'stop'
  | 'store'
  | 'stored';

/** `runs` null: as many as usual. */
const benchmarks: Record<Name, (runs: number | null) => readonly (() => Promise<Section>)[]> = {
  boot: (runs) => [() => benchBoot(100, runs ?? 10), () => benchBoot(1000, runs ?? 5)],
  identities: (runs) => [() => benchIdentities(1000, runs ?? 7)],
  spawn: (runs) => [() => benchSpawn(runs ?? 5)],
  demo: (runs) => [() => benchDemo(runs ?? 5)],
  control: (runs) => [() => benchControl(runs ?? 3)],
  clients: (runs) => [() => benchClients(runs ?? 7)],
  idle: (runs) => [() => benchIdle(runs ?? 2)],
  memory: (runs) => [() => benchMemory(runs ?? 3)],
  output: (runs) => [() => benchOutput(runs ?? 3)],
  stored: (runs) => [() => benchStored(runs ?? 3)],
  flood: (runs) => [() => benchFlood(runs ?? 3)],
  calendar: (runs) => [() => benchCalendar(runs ?? 9)],
  policy: (runs) => [() => benchPolicy(runs ?? 5)],
  security: (runs) => [() => benchSecurity(runs ?? 9)],
  shutdown: (runs) => [() => benchShutdown(1000, runs ?? 7)],
  stop: (runs) => [() => benchStop(runs ?? 5)],
  store: (runs) => [() => benchStore(runs ?? 3)],
};
const names = Object.keys(benchmarks) as Name[];
const isName = (word: string): word is Name => Object.hasOwn(benchmarks, word);

function refuse(message: string): never {
  process.stderr.write(`run-benchmarks: ${message}\n\n${usage}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { runs: { type: 'string' }, calm: { type: 'string' }, json: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { values, positionals } = readArguments();
if (values.help === true) {
  process.stdout.write(usage);
  process.exit(0);
}
const runs = values.runs === undefined ? null : Number(values.runs);
if (runs !== null && !(Number.isInteger(runs) && runs > 0)) refuse(`--runs takes a number of runs, not ${values.runs}`);
const calm = Number(values.calm ?? 15);
if (!(calm >= 0)) refuse(`--calm takes seconds, not ${values.calm}`);
waitForCalm(calm);
const unknown = positionals.find((word) => !isName(word));
if (unknown !== undefined) refuse(`there is no benchmark ${unknown}`);
const chosen = positionals.length === 0 ? names : positionals.filter(isName);

const machine = machineFacts();
process.stdout.write(`${formatMachine(machine)}\n\n`);
const sections: Section[] = [];
for (const name of chosen) {
  for (const run of benchmarks[name](runs)) {
    const section = await run();
    sections.push(section);
    process.stdout.write(`${formatSection(section)}\n`);
  }
}
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ machine, sections: sections.map(toJson) }, null, 2)}\n`);
}
