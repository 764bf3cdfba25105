/** Prints what the first next time takes in a new process, in microseconds. */
import { nextOccurrence } from '../../src/policy/calendar/next.ts';
import { parseCalendar } from '../../src/policy/calendar/parse.ts';

const parsed = parseCalendar('daily');
if (!parsed.ok) throw new Error(parsed.what);
const after = BigInt(Date.now()) * 1_000_000n;
// Loads the clock itself.
performance.now();
const started = performance.now();
nextOccurrence(parsed.value, after, 'Europe/Berlin');
process.stdout.write(`${(performance.now() - started) * 1000}\n`);
