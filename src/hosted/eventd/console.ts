import { closeSync, constants, openSync, writeSync } from 'node:fs';

const { O_WRONLY, O_NOCTTY, O_NONBLOCK } = constants;

/** A line for whoever looks at the machine's console; one that has none, or is full, is no obstacle. */
export function tellConsole(text: string): void {
  try {
    const descriptor = openSync('/dev/console', O_WRONLY | O_NOCTTY | O_NONBLOCK);
    try {
      writeSync(descriptor, `${text}\n`);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // It was told on standard error.
  }
}
