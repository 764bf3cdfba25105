import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Marked, Ran } from './marked.ts';
import { columnsOf } from './marked.ts';
import type { OnTerminal } from './on-terminal.ts';
import { onTerminal } from './on-terminal.ts';

const run = promisify(execFile);
const usualBoot = 'bin/demo';
const consoleColumns = 80;

/** The machines of one page: booted when the first command needs them. */
export class Machines {
  readonly #machines = new Map<string, Machine>();

  async ran(marked: Marked): Promise<readonly Ran[]> {
    const { settings, commands } = marked;
    const columns = columnsOf(marked);
    const boot = settings.on ?? usualBoot;
    const runs: Ran[] = [];
    if (settings.before !== undefined) {
      const machine = await this.#machine(boot);
      if (settings.before === 'reboot') await machine.reboot();
      else await machine.quietly(settings.before);
    }
    for (const command of commands) {
      // A machine of its own has its own name, whatever else is running here.
      const name = `${nameOf(command)}-${process.pid}-own`;
      const isOwn = /^bin\/(?!peinit-sandbox exec )/.test(command);
      const machine = isOwn ? null : await this.#machine(boot);
      const terminal = machine === null ? onTerminal(withName(command, name), columns) : machine.terminal(command, columns);
      const isLast = runs.length === commands.length - 1;
      if (isLast && settings.until !== undefined) {
        const begun = await terminal.shows(new RegExp(settings.from ?? '', 'm'), 0);
        const { meanwhile } = settings;
        if (meanwhile !== undefined) await (machine === null ? inMachine(name, meanwhile) : machine.quietly(meanwhile));
        await terminal.shows(new RegExp(settings.until, 'm'), begun);
        terminal.interrupt();
      }
      await terminal.ended;
      const output = cleaned(terminal.output(), machine?.name ?? name, nameOf(machine === null ? command : boot));
      if (output === '') throw new Error(`it has written nothing: ${command}`);
      runs.push({ command, output: isLast ? cut(output, settings) : output });
    }
    return runs;
  }

  async close(): Promise<void> {
    for (const machine of this.#machines.values()) await machine.close();
  }

  async #machine(boot: string): Promise<Machine> {
    const known = this.#machines.get(boot);
    if (known !== undefined) return known;
    const machine = new Machine(boot, `${nameOf(boot)}-${process.pid}-${this.#machines.size}`);
    this.#machines.set(boot, machine);
    await machine.boot();
    return machine;
  }
}

class Machine {
  readonly name: string;
  readonly #line: string;
  readonly #kept = mkdtempSync(join(tmpdir(), 'capture-docs-'));
  #running: OnTerminal | null = null;

  constructor(boot: string, name: string) {
    this.name = name;
    this.#line = `${withName(boot, name)} --keep ${this.#kept}`;
  }

  async boot(): Promise<void> {
    this.#running = onTerminal(this.#line, consoleColumns);
    await this.#running.shows(/ settled: /, 0);
  }

  async reboot(): Promise<void> {
    await this.#end();
    await this.boot();
  }

  terminal(command: string, columns: number): OnTerminal {
    const entered = command.replace(/^bin\/peinit-sandbox exec \S+/, `bin/peinit-sandbox exec ${this.name}`);
    return onTerminal(entered === command ? `bin/peinit-sandbox exec ${this.name} -- sh -c ${quoted(command)}` : entered, columns);
  }

  quietly(command: string): Promise<void> {
    return inMachine(this.name, command);
  }

  async close(): Promise<void> {
    await this.#end();
    rmSync(this.#kept, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    this.#running?.interrupt();
    await this.#running?.ended;
    this.#running = null;
  }
}

async function inMachine(name: string, command: string): Promise<void> {
  await run('bin/peinit-sandbox', ['exec', name, '--', 'sh', '-c', command]);
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What the machine is called on the page. */
const nameOf = (boot: string): string => /--name[ =](\S+)/.exec(boot)?.[1] ?? (boot.startsWith(usualBoot) ? 'demo' : 'machine');

const withName = (boot: string, name: string): string =>
  boot.includes('--name')
    ? boot.replace(/--name[ =]\S+/, `--name ${name}`)
    : boot.replace(/^\S+/, (program) => `${program} --name ${name}`);

const cleaned = (output: string, name: string, shownName: string): string =>
  output.replaceAll('\r', '').replaceAll(name, shownName).replace(/\n+$/, '');

/** What was left out at the ends is marked, as pages do. A line that was broken stays whole. */
function cut(output: string, { first, last, only }: Marked['settings']): string {
  const lines = output.split('\n');
  const from = first === undefined ? 0 : lines.findIndex((line) => new RegExp(first).test(line));
  const to = last === undefined ? lines.length - 1 : lines.findIndex((line, at) => at >= from && new RegExp(last).test(line));
  if (from < 0 || to < 0) throw new Error(`no line is like ${from < 0 ? first : last}\n${output}`);
  const wanted = new RegExp(only ?? '');
  let isWanted = only === undefined;
  const shown = lines.slice(from, to + 1).filter((line) => {
    isWanted = line.startsWith('  ') ? isWanted : wanted.test(line);
    return isWanted;
  });
  return [...(from > 0 ? ['...'] : []), ...shown, ...(to < lines.length - 1 ? ['...'] : [])].join('\n');
}
