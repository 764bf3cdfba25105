/** npm run simulate: lives of random machines, one after another. */
import { parseArgs } from 'node:util';
import { seenSteps } from './invariants/steps.ts';
import { describe, simulate } from './simulation.ts';

const usage = `usage: npm run simulate -- [--seed N] [--events N | --seconds N | --long] [--services N] [--stimuli N] [--sweep N]

Lives of random machines under virtual time: the real policy, control room and output room, simulated processes, clients and event
daemons, and invariants that are looked at after every event. Without a length it is one life. The first life in which an invariant
does not hold ends the run: it is shrunk and printed, with the command that shows it again, and the exit status is 1.

  --seed N      seed of the first life, 1 if left out; the next ones count up
  --events N    lives until so many events were handled
  --seconds N   lives until so much time has passed
  --long        100 000 000 events: about an hour
  --services N  size of the machines, 40 if left out; each has a third of it up to a third more
  --stimuli N   what happens to each from outside, 400 if left out
  --sweep N     everything is looked at every so many events, 1000 if left out; what an event touches is looked at after each
`;

const longRun = 100_000_000;

function refuse(message: string): never {
  process.stderr.write(`simulate: ${message}\n\n${usage}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        seed: { type: 'string', default: '1' },
        events: { type: 'string' },
        seconds: { type: 'string' },
        services: { type: 'string', default: '40' },
        stimuli: { type: 'string', default: '400' },
        sweep: { type: 'string', default: '1000' },
        long: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : refuse(`--${name} takes a positive whole number, not ${text}`);
}

const values = readArguments();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const size = { services: numberOf('services', values.services), stimuli: numberOf('stimuli', values.stimuli) };
const seconds = values.seconds === undefined ? Infinity : numberOf('seconds', values.seconds);
const unlimited = values.long ? longRun : Infinity;
const events = values.events === undefined ? (values.long || seconds < Infinity ? unlimited : 1) : numberOf('events', values.events);
const begin = process.hrtime.bigint();
const result = simulate({ seed: numberOf('seed', values.seed), events, seconds, size, sweepEvery: numberOf('sweep', values.sweep) });
const took = Number(process.hrtime.bigint() - begin) / 1e9;
if (result.failure !== null) {
  process.stdout.write(`${describe(result.failure, size)}\n`);
  process.exitCode = 1;
}
const rate = Math.round(result.events / took);
const perEvent = (result.policyNs / result.events / 1000).toFixed(1);
const { lines, events: told, lost, doubles } = result.handedOver;
process.stdout.write(
  `${result.events} events and ${result.answered} answers in ${result.lives} lives, ${took.toFixed(1)} s, ${rate} events/s, ` +
    `policy ${perEvent} us/event, ${seenSteps.size} different steps; ${lines} lines and ${told} events handed over, ` +
    `${lost} lost, ${doubles} twice\n`,
);
