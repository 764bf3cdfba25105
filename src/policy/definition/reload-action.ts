/** What a reload does: a signal, or a command. PSD-007 5.3, DEF-067, DEF-068. */
import { parseCommandLine } from './command-line.ts';
import type { ReloadAction } from './definition.ts';
import type { Parsed } from './problem.ts';
import { bad, good } from './problem.ts';
import { reloadSignals } from './signals.ts';

const signalPrefix = 'signal:';

/** Of services without ExecReload. */
export const defaultReloadAction: ReloadAction = { type: 'signal', name: 'SIGHUP', signal: 1 };

export function parseReloadAction(text: string): Parsed<ReloadAction> {
  if (!text.startsWith(signalPrefix)) {
    const command = parseCommandLine(text);
    return command.ok ? good({ type: 'command', argv: command.value }, command.warnings) : command;
  }
  const name = text.slice(signalPrefix.length);
  const signal = reloadSignals.get(name);
  if (signal !== undefined) return good({ type: 'signal', name, signal });
  if (name === 'SIGKILL' || name === 'SIGSTOP')
    return bad(`names ${name}, which no process can act upon`, 'Name another signal, such as signal:SIGHUP.');
  return bad('does not name a signal', 'Write its standard Linux name in upper case and without blanks, such as signal:SIGHUP.');
}
