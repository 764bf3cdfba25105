/** node test/simulation/run.ts [--seed N] [--events N] [--services N] [--stimuli N] [--long] */
import { parseArgs } from 'node:util';
import { seenSteps } from './invariants/steps.ts';
import { describe, simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    events: { type: 'string' },
    services: { type: 'string', default: '40' },
    stimuli: { type: 'string', default: '400' },
    sweep: { type: 'string', default: '1000' },
    long: { type: 'boolean', default: false },
  },
});
const size = { services: Number(values.services), stimuli: Number(values.stimuli) };
const events = values.events === undefined ? (values.long ? 50_000_000 : 1) : Number(values.events);
const begin = process.hrtime.bigint();
const result = simulate({ seed: Number(values.seed), events, size, sweepEvery: Number(values.sweep) });
const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
if (result.failure !== null) {
  process.stdout.write(`${describe(result.failure, size)}\n`);
  process.exitCode = 1;
}
const rate = Math.round(result.events / seconds);
const perEvent = (result.policyNs / result.events / 1000).toFixed(1);
process.stdout.write(
  `${result.events} events in ${result.lives} lives, ${seconds.toFixed(1)} s, ${rate} events/s, policy ${perEvent} us/event, ${seenSteps.size} different steps\n`,
);
