import type { Socket } from 'node:net';
import { ProtocolError } from './errors.ts';

/** No answer is as long: what is, is none. In bytes. */
export const longestLine = 64 * 1024 * 1024;

const newline = 0x0a;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Calls `line` with each line of a socket, without its newline; and once with an error where one does not end or is not UTF-8, after which
 * nothing comes any more and the socket is closed.
 */
export function readLines(socket: Socket, line: (text: string) => void, noLine: (error: ProtocolError) => void): void {
  let partial: Uint8Array[] = [];
  let held = 0;
  const end = (error: ProtocolError): void => {
    partial = [];
    socket.destroy();
    noLine(error);
  };
  socket.on('data', (piece: Buffer) => {
    let from = 0;
    for (let to = piece.indexOf(newline); to >= 0; to = piece.indexOf(newline, from)) {
      const rest = piece.subarray(from, to);
      const text = textOf(partial.length === 0 ? rest : Buffer.concat([...partial, rest]));
      partial = [];
      held = 0;
      from = to + 1;
      if (text === null) return end(new ProtocolError('a line came that is not UTF-8', '', 'a line of UTF-8', 'other bytes'));
      line(text);
      if (socket.destroyed) return;
    }
    if (from === piece.length) return;
    partial.push(piece.subarray(from));
    held += piece.length - from;
    if (held > longestLine) end(new ProtocolError(`a line of more than ${longestLine} bytes came`, '', 'a line', 'one that does not end'));
  });
}

/** Null: it is not UTF-8. What is not is replaced, so only where that may have happened it is looked at again. */
function textOf(bytes: Buffer): string | null {
  const text = bytes.toString('utf8');
  if (!text.includes('\ufffd')) return text;
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}
