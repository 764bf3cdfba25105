import { parseArgs } from 'node:util';
import { ControlClient } from '../typescript/generated/client.ts';
import type { ControlTransport } from '../typescript/transport.ts';
import { ConnectionError, ControlError, connectControl, controlSocketPath } from '../typescript/transport.ts';
import type { Command, Context } from './command.ts';
import { exitStatus, UsageError } from './command.ts';
import { helpText } from './help.ts';
import { machineCommands } from './machine-commands.ts';
import { serviceCommands } from './service-commands.ts';

const options = {
  json: { type: 'boolean' },
  socket: { type: 'string' },
  wait: { type: 'boolean' },
  'no-wait': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  type: { type: 'string' },
  recursive: { type: 'boolean' },
  'registry-socket': { type: 'string' },
} as const;

/** Runs one command line; resolves with the exit status. */
async function run(words: readonly string[]): Promise<number> {
  const commands: Readonly<Record<string, Command>> = { ...serviceCommands, ...machineCommands };
  const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
  const [name, ...rest] = positionals;
  if (name === undefined || name === 'help' || values.help === true) {
    process.stdout.write(helpText(commands, registryUsage));
    return name === undefined && values.help !== true ? exitStatus.usage : exitStatus.done;
  }
  let transport: ControlTransport | null = null;
  const context: Context = {
    arguments: rest,
    options: {
      json: values.json === true,
      wait: values.wait === true ? true : values['no-wait'] === true ? false : null,
      color: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
      values,
    },
    async control() {
      transport ??= await connectControl(values.socket ?? controlSocketPath);
      return new ControlClient(transport);
    },
    print: (text) => void process.stdout.write(`${text}\n`),
    complain: (text) => void process.stderr.write(`peiosctl: ${text}\n`),
  };
  try {
    return await runCommand(name, commands, context);
  } finally {
    (transport as ControlTransport | null)?.close();
  }
}

const registryUsage = [
  ['registry list [KEY]', 'Lists the subkeys and values of a key.'],
  ['registry get KEY [VALUE]', 'Prints a value, or all values of a key.'],
  ['registry set KEY VALUE DATA [--type TYPE]', 'Sets a value; creates the key where it is missing.'],
  ['registry delete KEY [VALUE] [--recursive]', 'Deletes a value or a key.'],
  ['registry import FILE...', 'Takes over seed files (JSON or YAML) as one transaction.'],
  ['registry export [KEY]', 'Prints a key with all below it as a seed file.'],
  ['registry watch KEY', 'Shows changes as they happen.'],
] as const;

async function runCommand(name: string, commands: Readonly<Record<string, Command>>, context: Context): Promise<number> {
  if (name === 'registry') {
    const { runRegistry } = await import('./registry-commands.ts');
    return runRegistry(context);
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new UsageError(`there is no command ${name}; peiosctl --help lists them`);
  try {
    return await command.run(context);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${error.message}\nusage: peiosctl ${name} ${command.usage}`);
    throw error;
  }
}

function explain(error: unknown): number {
  const say = (text: string): void => void process.stderr.write(`peiosctl: ${text}\n`);
  if (error instanceof ControlError) {
    // The message ends with what can be done.
    say(`${error.code}: ${error.message}`);
    return exitStatus.failed;
  }
  if (error instanceof ConnectionError) {
    say(error.message);
    return exitStatus.unreachable;
  }
  say(error instanceof Error ? error.message : String(error));
  const wrongOption = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  return error instanceof UsageError || wrongOption ? exitStatus.usage : exitStatus.failed;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitStatus.done);
});
const json = process.argv.includes('--json');
try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (json && error instanceof ControlError)
    process.stdout.write(`${JSON.stringify({ status: 'error', code: error.code, message: error.message })}\n`);
  process.exitCode = explain(error);
}
