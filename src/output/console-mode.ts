/** Where the console is and what is on it, as peinit.console says. O-117. */
export interface ConsoleMode {
  /** Path of the device; null: the standard output. */
  readonly device: string | null;
  /** One JSON object a line. */
  readonly json: boolean;
  /** What services write is on it as well. Never unless asked for. LOG-019. */
  readonly withOutput: boolean;
}

/** A path, or one of the words for the standard output. */
export function consoleMode(parameter: string): ConsoleMode {
  if (parameter === 'relay') return { device: null, json: false, withOutput: true };
  if (parameter === 'json') return { device: null, json: true, withOutput: true };
  return { device: parameter, json: false, withOutput: false };
}

export const isConsoleWord = (parameter: string): boolean => consoleMode(parameter).device === null;
