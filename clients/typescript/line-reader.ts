import type { Socket } from 'node:net';
import { ProtocolError } from './errors.ts';

/** No answer is as long: what is, is none. In UTF-16 units. */
export const longestLine = 64 * 1024 * 1024;

/**
 * Calls `line` with each line of a socket, without its newline; and once with an error where one does not end, after which nothing comes
 * any more and the socket is closed.
 */
export function readLines(socket: Socket, line: (text: string) => void, tooLong: (error: ProtocolError) => void): void {
  let partial: string[] = [];
  let held = 0;
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const rest = text.slice(from, end);
      const whole = partial.length === 0 ? rest : partial.join('') + rest;
      partial = [];
      held = 0;
      from = end + 1;
      line(whole);
      if (socket.destroyed) return;
    }
    if (from === text.length) return;
    partial.push(text.slice(from));
    held += text.length - from;
    if (held <= longestLine) return;
    partial = [];
    socket.destroy();
    tooLong(new ProtocolError(`a line of more than ${longestLine} characters came`, '', 'a line', 'one that does not end'));
  });
}
