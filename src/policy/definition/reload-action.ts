/** What a reload does: a signal, or a command. PSD-007 5.3, DEF-067, DEF-068. */
import { parseCommandLine } from './command-line.ts';
import type { ReloadAction } from './definition.ts';
import type { Parsed } from './problem.ts';
import { good } from './problem.ts';
import { parseSignal } from './signals.ts';

const signalPrefix = 'signal:';

/** Of services without ExecReload. */
export const defaultReloadAction: ReloadAction = { type: 'signal', name: 'SIGHUP', signal: 1 };

export function parseReloadAction(text: string): Parsed<ReloadAction> {
  if (!text.startsWith(signalPrefix)) {
    const command = parseCommandLine(text);
    return command.ok ? good({ type: 'command', argv: command.value }, command.warnings) : command;
  }
  const named = parseSignal(text.slice(signalPrefix.length), signalPrefix);
  return named.ok ? good({ type: 'signal', ...named.value }) : named;
}
