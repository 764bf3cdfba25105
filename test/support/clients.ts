/** Client libraries in whatever language: the tools that they need, and one machine for all that a file tries. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Machine, MachineOptions } from './machine.ts';
import { bootSettled, project } from './machine.ts';

/** Where tools and builds of the clients stay between runs; the same for all who test on this host. */
export const clientCache: string = join(project, '.cache/clients');

/**
 * Why a tool cannot be used, or false; a test skips with it, and the run names it at its end. `hint`: how to get the tool. `wanted`: what
 * it must say of its version.
 */
export function lacks(command: readonly string[], hint: string, wanted: RegExp = /./): string | false {
  const [program = '', ...words] = command;
  const { error, status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (error !== undefined) return `${program} is missing (${error.message}): ${hint}`;
  const said = `${stdout}${stderr}`.trim();
  if (status !== 0) return `${command.join(' ')} ends with ${status} (${said.slice(0, 200)}): ${hint}`;
  return wanted.test(said) ? false : `${command.join(' ')} says ${said.split('\n')[0]}, not ${wanted}: ${hint}`;
}

/**
 * A machine that has settled, for all tests of a file: called with the file's own `t`. `seeds` are registry files, from the project. The
 * paths of the host are those of the machine, so what was built here runs there.
 */
export const bootForClients = (t: Test, seeds: readonly string[], options: MachineOptions = {}): Promise<Machine> =>
  bootSettled(t, { ...options, words: [...seeds.flatMap((seed) => ['--registry', join(project, seed)]), ...(options.words ?? [])] });

/** Runs a command inside; what it printed, or an error that shows all of it. */
export async function runIn(machine: Machine, ...command: readonly string[]): Promise<string> {
  const { status, signal, stdout, stderr } = await machine.run(...command);
  if (status === 0) return stdout;
  throw new Error(`${command.join(' ')} ended with ${status ?? signal}\n${stdout}\n${stderr}`);
}

/** Runs a command on this host, from the project or `cwd`; what it printed, or an error that shows all of it. */
export function runHere(command: readonly string[], options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {}): string {
  const [program = '', ...words] = command;
  const { cwd = project, env = {} } = options;
  const { error, status, signal, stdout, stderr } = spawnSync(program, words, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (error !== undefined) throw error;
  if (status === 0) return stdout;
  throw new Error(`${command.join(' ')} ended with ${status ?? signal}\n${stdout}\n${stderr}`);
}
