import { exitStatus } from './exit-statuses.ts';
import { hanging } from './paint.ts';
import { printable } from './printable.ts';
import { terminal } from './terminal.ts';

/** One line to standard output. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** One message to standard error; `below`: lines that stay as they are. */
export function complain(text: string, below: readonly string[] = []): void {
  const { width } = terminal(process.stderr, process.env);
  // COLUMNS is about what is shown to people; whoever keeps standard error gets whole lines.
  const lines = hanging('', `peiosctl: ${printable(oneLine(text))}`, process.stderr.isTTY ? width : null);
  process.stderr.write(`${[...lines, ...below.map(printable)].join('\n')}\n`);
}

const oneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .join(' ');

let readerGone = (): void => process.exit(exitStatus.done);
let isReaderGone = false;

/** What is done when nobody reads standard output any more, instead of ending well. */
export function whenReaderIsGone(handler: () => void): void {
  readerGone = handler;
}

/** A reader that is gone wants no more; any other failure loses the answer, which must not look like success. */
export function watchOutput(): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') {
      // Each further write fails as well, and tells nothing new.
      if (!isReaderGone) readerGone();
      isReaderGone = true;
      return;
    }
    const problem = code === 'EBADF' ? 'is closed' : `cannot be written (${message})`;
    complain(`standard output ${problem}, so the answer is lost; send it to another place`);
    process.exit(exitStatus.failed);
  });
  // Nobody is left to tell; the exit status still does.
  process.stderr.on('error', () => undefined);
}
