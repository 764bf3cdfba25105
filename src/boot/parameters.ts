import { parameters } from '../../gen/parameters/facts.ts';
import type { KernelParameters } from '../../gen/parameters/types.ts';
import type { Files } from '../kernel/kernel.ts';
import { isConsoleWord } from '../output/console-mode.ts';

/** The parameters, and the NOFILE pair that the wrapper wrote down. */
export type StartParameters = KernelParameters & { readonly nofile: ReturnType<typeof parseNofile> };

/** From /proc/cmdline on a machine of its own (where the words of init come along), from the arguments in a container. O-15. */
export function readParameters(kernel: Pick<Files, 'readFile'>, words: readonly string[], container: boolean): StartParameters {
  const content = container ? 0 : kernel.readFile('/proc/cmdline', 65536);
  const kernelWords = content instanceof Uint8Array ? new TextDecoder().decode(content).split(/\s+/) : [];
  return { ...parseParameters(container ? words : kernelWords), nofile: parseNofile(words) };
}

/** Reads kernel-style words; unknown ones, and values that cannot be read, are ignored. The last of several wins. PSD-007 2.3, O-15. */
export function parseParameters(words: readonly string[]): KernelParameters {
  const given = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at > 0) given.set(word.slice(0, at), word.slice(at + 1));
  }
  const text = (name: ParameterName): string => given.get(parameters[name].name) ?? String(parameters[name].default);
  const flag = (name: ParameterName): boolean => given.get(parameters[name].name) === '1';
  const path = (name: ParameterName): string => (text(name).startsWith('/') ? text(name) : String(parameters[name].default));
  const count = (name: ParameterName): number => Number(/^\d{1,9}$/.test(text(name)) ? text(name) : parameters[name].default);
  return {
    recovery: flag('recovery'),
    safeMode: flag('safeMode'),
    bootAttempts: count('bootAttempts'),
    notifySocket: path('notifySocket'),
    main: text('main'),
    console: isConsoleWord(text('console')) ? text('console') : path('console'),
    quiet: flag('quiet'),
    rootIsSystem: flag('rootIsSystem'),
    launcher: flag('launcher'),
    endWithMain: flag('endWithMain'),
    containment: text('containment'),
  };
}

type ParameterName = keyof typeof parameters;

/** `--nofile=SOFT:HARD`, put there by the wrapper: the pair that peinit was started with. EXEC-040. */
export function parseNofile(words: readonly string[]): { readonly soft: bigint; readonly hard: bigint } | null {
  const match = words.map((word) => /^--nofile=(\d+|unlimited):(\d+|unlimited)$/.exec(word)).find((found) => found !== null);
  const infinity = (1n << 64n) - 1n;
  const number = (value: string | undefined): bigint => (value === undefined || value === 'unlimited' ? infinity : BigInt(value));
  return match === undefined ? null : { soft: number(match[1]), hard: number(match[2]) };
}
