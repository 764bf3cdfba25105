/** A second QMP socket of a test's machine: buttons and keys that somebody presses. */
import { connect } from 'node:net';
import { join } from 'node:path';

export interface Qmp {
  /** For peinit-vm. */
  readonly option: string;
  /** Runs a command; resolves with its answer. */
  run(command: string, more?: object): Promise<string>;
}

export function createQmp(directory: string): Qmp {
  const path = join(directory, 'keys.sock');
  return {
    option: `--qemu=-qmp unix:${path},server=on,wait=off`,
    run: (command, more = {}) =>
      new Promise((resolve, reject) => {
        const socket = connect(path);
        let text = '';
        socket.on('error', reject);
        // The machine may end before it answers.
        socket.on('close', () => resolve(text));
        socket.on('data', (bytes) => {
          text += bytes.toString();
          if ((text.match(/"return"/g)?.length ?? 0) >= 2 || text.includes('"error"')) socket.end();
        });
        socket.write(`{"execute":"qmp_capabilities"}\n${JSON.stringify({ execute: command, arguments: more })}\n`);
      }),
  };
}
