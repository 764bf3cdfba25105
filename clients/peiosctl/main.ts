import manifest from '../../package.json' with { type: 'json' };
import { ControlClient } from '../typescript/generated/client.ts';
import type { ControlTransport } from '../typescript/transport.ts';
import { ConnectionError, ControlError, connectControl, controlSocketPath } from '../typescript/transport.ts';
import type { Context } from './command.ts';
import { commands } from './commands/index.ts';
import { checkArguments } from './description.ts';
import { exitStatus } from './exit-statuses.ts';
import { unknownCommand } from './find-command.ts';
import { optionsOf, parseWords, refuseOthers, usageOf } from './options.ts';
import { complain, print, watchOutput } from './output.ts';
import { printableAnswer } from './printable.ts';
import { withMeantService } from './service-names.ts';
import { terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { usageLines } from './usage-lines.ts';
import { isVerbGroup, verbGroups } from './verb-groups.ts';

/** How long a command that is turned away tries again. Who waits anyhow waits for others that wait as well. O-52. */
const shortPatienceMs = 5_000;
const waitingPatienceMs = 60_000;

const commandNames: readonly string[] = [...Object.keys(commands), ...Object.keys(verbGroups)];

/** Asked by the scripts that `completion` prints. */
const completing = '__complete';

/** Runs one command line; resolves with the exit status. */
async function run(words: readonly string[]): Promise<number> {
  if (words[0] === completing) {
    const { printCompletion } = await import('./completion/print-completion.ts');
    return printCompletion(words.slice(1));
  }
  const { values, positionals } = parseWords(words, commandNames);
  if (values.version === true) {
    print(`peiosctl ${manifest.version}`);
    return exitStatus.done;
  }
  const wantsHelp = values.help === true || positionals[0] === 'help';
  const [name, ...rest] = positionals[0] === 'help' ? positionals.slice(1) : positionals;
  const { color, width } = terminal(process.stdout, process.env);
  if (wantsHelp || name === undefined) {
    const { helpPage } = await import('./help.ts');
    process.stdout.write(await helpPage(name, rest[0], width));
    return wantsHelp ? exitStatus.done : exitStatus.usage;
  }
  let transport: ControlTransport | null = null;
  let isTold = false;
  function connect(waits = false): Promise<ControlTransport> {
    const patienceMs = waits ? waitingPatienceMs : shortPatienceMs;
    const onTurnedAway = (): void => {
      if (!isTold) complain(`peinit has no place for one more connection at the moment; trying again for ${patienceMs / 1000} s`);
      isTold = true;
    };
    return connectControl(values.socket ?? controlSocketPath, { onTurnedAway, patienceMs });
  }
  const context: Context = {
    arguments: rest,
    options: {
      json: values.json === true,
      wait: values.wait === true ? true : values['no-wait'] === true ? false : null,
      color,
      attended: process.stderr.isTTY === true,
      width,
      values,
    },
    async control(waits) {
      transport ??= await connect(waits);
      const connected = transport;
      return new ControlClient({
        call: async (command, members) => context.shown(await connected.call(command, members)),
        stream: connected.stream,
      });
    },
    connect,
    shown: (answer) => (context.options.json ? answer : printableAnswer(answer)),
    print,
    complain,
  };
  try {
    return await runCommand(name, context);
  } finally {
    (transport as ControlTransport | null)?.close();
  }
}

/** The commands that take an option as one of their own. */
const takersOf = (option: string): readonly string[] =>
  Object.entries(commands).flatMap(([name, { options = [] }]) => ((options as readonly string[]).includes(option) ? [name] : []));

async function runCommand(name: string, context: Context): Promise<number> {
  if (isVerbGroup(name)) {
    const { runVerb } = await import('./run-verb.ts');
    return runVerb(name, context);
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw unknownCommand(name, commandNames, context.arguments[0]);
  refuseOthers(context.options.values, name, optionsOf(command, command.peer === undefined ? 'socket' : command.peer), takersOf);
  try {
    checkArguments(command, context.arguments);
    return await command.run(context);
  } catch (error) {
    if (error instanceof UsageError) error.usage = usageOf(name, command);
    const [word, ...further] = context.arguments;
    const named = word !== undefined && further.length === 0 && command.arguments[0]?.is.kind === 'service';
    throw named && error instanceof ControlError ? await withMeantService(error, await context.control(), word) : error;
  }
}

function explain(error: unknown): number {
  if (error instanceof ControlError) {
    // The message ends with what can be done.
    complain(`${error.code}: ${error.message}`);
    return exitStatus.failed;
  }
  if (error instanceof ConnectionError) {
    complain(error.message);
    return exitStatus.unreachable;
  }
  complain(error instanceof Error ? error.message : String(error));
  if (!(error instanceof UsageError)) return exitStatus.failed;
  if (error.usage !== null) process.stderr.write(`${usageLines(error.usage, terminal(process.stderr, process.env).width).join('\n')}\n`);
  return exitStatus.usage;
}

async function main(words: readonly string[]): Promise<void> {
  // Where nothing is left to wait for, and yet no end has come.
  process.exitCode = exitStatus.failed;
  try {
    process.exitCode = await run(words);
  } catch (error) {
    if (words.includes('--json') && error instanceof ControlError)
      print(JSON.stringify({ status: 'error', code: error.code, message: error.message }));
    process.exitCode = explain(error);
  }
}

watchOutput();
void main(process.argv.slice(2));
