import { exitStatus } from './exit-statuses.ts';
import { printable } from './printable.ts';

/** One line to standard output. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** One line to standard error. */
export const complain = (text: string): void => void process.stderr.write(`peiosctl: ${printable(oneLine(text))}\n`);

const oneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .join(' ');

/** A reader that is gone wants no more; any other failure loses the answer, which must not look like success. */
export function watchOutput(): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(exitStatus.done);
    const problem = code === 'EBADF' ? 'is closed' : `cannot be written (${message})`;
    complain(`standard output ${problem}, so the answer is lost; send it to another place`);
    process.exit(exitStatus.failed);
  });
  // Nobody is left to tell; the exit status still does.
  process.stderr.on('error', () => undefined);
}
