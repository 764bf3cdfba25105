/** Reading a command line: `--name value` and `--name=value` are the same, everything else is an operand. */

/** The command line is wrong; the message says how. Ends the program with status 2. */
export class UsageError extends Error {}

export interface Argument {
  /** `--name` of an option, without what `=` gives it; an operand as it is. */
  readonly text: string;
  readonly isOption: boolean;
  /** What `=` gives it. */
  readonly inline: string | undefined;
  /** The value of this option, also the argument behind it. Throws UsageError where there is none. */
  value(): string;
}

export function* readArguments(argv: readonly string[]): Generator<Argument> {
  for (let index = 0; index < argv.length; index += 1) {
    const whole = argv[index] ?? '';
    const isOption = whole.startsWith('--');
    const equals = isOption ? whole.indexOf('=') : -1;
    const text = equals < 0 ? whole : whole.slice(0, equals);
    const inline = equals < 0 ? undefined : whole.slice(equals + 1);
    yield {
      text,
      isOption,
      inline,
      value() {
        if (inline === undefined) index += 1;
        const value = inline ?? argv[index];
        if (value === undefined || value === '') throw new UsageError(`${text} needs a value`);
        return value;
      },
    };
  }
}

export const unknownOption = ({ text }: Argument): UsageError => new UsageError(`there is no option ${text}`);
