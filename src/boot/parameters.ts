import type { ParameterRow } from '../../gen/options/rows.ts';
import { parameters } from '../../gen/parameters/facts.ts';
import type { KernelParameters } from '../../gen/parameters/types.ts';
import type { Files } from '../kernel/kernel.ts';
import { isConsoleWord } from '../output/console-mode.ts';
import { nearest } from '../registry/nearest.ts';

/** The parameters, the NOFILE pair that the wrapper wrote down, and what was given in vain, in words. */
export type StartParameters = KernelParameters & { readonly nofile: ReturnType<typeof parseNofile>; readonly ignored: readonly string[] };

/** From /proc/cmdline on a machine of its own (where the words of init come along), from the arguments in a container. O-15. */
export function readParameters(kernel: Pick<Files, 'readFile'>, words: readonly string[], container: boolean): StartParameters {
  const content = container ? 0 : kernel.readFile('/proc/cmdline', 65536);
  const kernelWords = content instanceof Uint8Array ? new TextDecoder().decode(content).split(/\s+/) : [];
  const given = container ? words : kernelWords;
  return { ...parseParameters(given), nofile: parseNofile(words), ignored: ignoredParameters(given) };
}

/** Reads kernel-style words; unknown ones, and values that cannot be read, are ignored. The last of several wins. PSD-007 2.3, O-15. */
export function parseParameters(words: readonly string[]): KernelParameters {
  const given = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at > 0) given.set(word.slice(0, at), word.slice(at + 1));
  }
  const text = (name: ParameterName): string => {
    const value = given.get(parameters[name].name);
    return value !== undefined && expectation(parameters[name], value) === null ? value : String(parameters[name].default);
  };
  const flag = (name: ParameterName): boolean => text(name) === '1';
  return {
    recovery: flag('recovery'),
    safeMode: flag('safeMode'),
    bootAttempts: Number(text('bootAttempts')),
    notifySocket: text('notifySocket'),
    main: text('main'),
    console: text('console'),
    quiet: flag('quiet'),
    rootIsSystem: flag('rootIsSystem'),
    launcher: flag('launcher'),
    endWithMain: flag('endWithMain'),
    containment: text('containment'),
  };
}

type ParameterName = keyof typeof parameters;

/** What a value that cannot be read should have been; null: it can be read. */
function expectation({ member, kind, default: otherwise, placeholder }: ParameterRow, value: string): string | null {
  if (kind === 'boolean') return value === '0' || value === '1' ? null : '0 or 1';
  if (kind === 'number') return /^\d{1,9}$/.test(value) ? null : 'a number';
  if (member === 'main') return null;
  if (member === 'containment') return value === otherwise || value === placeholder ? null : `${otherwise} or ${placeholder}`;
  if (value.startsWith('/') || (member === 'console' && isConsoleWord(value))) return null;
  return member === 'console' ? placeholder.replaceAll('|', ' or ') : 'an absolute path';
}

/** Words with our prefixes that change nothing. Those of others on the line are theirs. O-146. */
function ignoredParameters(words: readonly string[]): readonly string[] {
  const rows = Object.values(parameters);
  const ours = words.filter((word) => /^(?:peinit|peios)\./i.test(word));
  return [...new Set(ours)].flatMap((word) => {
    const [name = ''] = word.split('=', 1);
    const row = rows.find((each) => each.name === name);
    if (row === undefined) {
      const meant = nearest(
        name,
        rows.map((each) => each.name),
      );
      return [`${word} is ignored: peinit has no such parameter; ${meant === null ? 'peinit --help lists them' : `is ${meant} meant?`}`];
    }
    const wanted = word.includes('=') ? expectation(row, word.slice(name.length + 1)) : `given with a value, ${name}=${row.placeholder}`;
    return wanted === null ? [] : [`${word} is ignored: it must be ${wanted}`];
  });
}

/** `--nofile=SOFT:HARD`, put there by the wrapper: the pair that peinit was started with. EXEC-040. */
export function parseNofile(words: readonly string[]): { readonly soft: bigint; readonly hard: bigint } | null {
  const match = words.map((word) => /^--nofile=(\d+|unlimited):(\d+|unlimited)$/.exec(word)).find((found) => found !== null);
  const infinity = (1n << 64n) - 1n;
  const number = (value: string | undefined): bigint => (value === undefined || value === 'unlimited' ? infinity : BigInt(value));
  return match === undefined ? null : { soft: number(match[1]), hard: number(match[2]) };
}
