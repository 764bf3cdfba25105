import { checkMessage } from './check-answer.ts';
import { parseJson } from './json.ts';
import type { Line, Reading } from './reading.ts';
import { parseLine } from './reading.ts';
import type { ExchangeRow, SocketRow } from './shape.ts';

/** Reads with exact integers, and checks what is read, for a daemon of whatever version. */
export function checkedReading({ failure, framing, exchanges }: SocketRow): Reading {
  const exchangeOf = (command: string): ExchangeRow => {
    const exchange = exchanges[command];
    if (exchange === undefined) throw new Error(`there is no command ${command}`);
    return exchange;
  };
  return {
    parse: (text) => parseLine(text, parseJson),
    answer(command, line) {
      const { answer, other, kind } = exchangeOf(command);
      const isOther = other !== undefined && typeof line === 'object' && line !== null && !(other.without in line);
      checkMessage(isOther ? other.answer : answer, line, command);
      // Bare lines have none, so what they have is theirs.
      return kind === 'lines' ? line : without(framing, line);
    },
    pushed(command, line) {
      const { pushed } = exchangeOf(command);
      if (pushed !== undefined) checkMessage(pushed, line, command);
      return line;
    },
    failure(command, line) {
      checkMessage(failure, line, command);
      return line;
    },
  };
}

function without(names: readonly string[], line: unknown): unknown {
  const rest: Record<string, unknown> = { ...(line as Line) };
  for (const name of names) delete rest[name];
  return rest;
}
