import { shutdownTypeNames } from '../../gen/control/types.ts';
import type { Command } from './command.ts';
import { exitStatus, takeArguments } from './command.ts';
import { formatMachine, formatOperation } from './format-status.ts';
import { painter, paintState, table } from './paint.ts';
import { UsageError } from './usage-error.ts';

const list: Command = {
  usage: '',
  text: 'Lists all services with state, cause and health.',
  async run(context) {
    takeArguments(context);
    const answer = await (await context.control()).list({});
    if (context.options.json) {
      context.print(JSON.stringify(answer));
      return exitStatus.done;
    }
    const paint = painter(context.options.color);
    const rows = answer.services.map(({ service, state, cause, health }) => [service, state, cause ?? '-', health ?? '-']);
    const lines = table([['SERVICE', 'STATE', 'CAUSE', 'HEALTH'], ...rows], (row, column, padded) => {
      const entry = answer.services[row - 1];
      if (entry === undefined) return paint('bold', padded);
      return column === 1 ? paintState(paint, entry.state, padded) : padded;
    });
    for (const line of lines) context.print(line);
    // registryd is always there.
    if (answer.services.length === 0) context.complain('there is no service that you may look at; as uid 0 you see all');
    return exitStatus.done;
  },
};

const shutdown: Command = {
  usage: `${shutdownTypeNames.join('|')}`,
  text: 'Stops all services in order and ends the machine.',
  async run(context) {
    const [word = ''] = takeArguments(context, shutdownTypeNames.join('|'));
    const type = shutdownTypeNames.find((name) => name === word);
    if (type === undefined) throw new UsageError(`${word} is none of ${shutdownTypeNames.join(', ')}`);
    const answer = await (await context.control()).shutdown({ type });
    context.print(context.options.json ? JSON.stringify(answer) : `the machine is going down (${type})`);
    return exitStatus.done;
  },
};

const reloadConfig: Command = {
  usage: '',
  text: 'Reads all definitions again, as a whole or not at all.',
  async run(context) {
    takeArguments(context);
    const answer = await (await context.control()).reloadConfig({});
    if (context.options.json) {
      context.print(JSON.stringify(answer));
      return exitStatus.done;
    }
    const changes = Object.entries(answer.summary).filter(([, names]) => names.length > 0);
    if (changes.length === 0) context.print('nothing has changed');
    for (const [what, names] of changes) context.print(`${what.replace('_', ' ')}: ${names.join(', ')}`);
    for (const warning of answer.warnings) context.print(`warning: ${warning}`);
    return exitStatus.done;
  },
};

const operationStatus: Command = {
  usage: 'ID',
  text: 'Shows an operation, up to 60 seconds after its end.',
  async run(context) {
    const [id = ''] = takeArguments(context, 'ID');
    const answer = await (await context.control()).operationStatus({ operation_id: id });
    if (context.options.json) context.print(JSON.stringify(answer));
    else for (const line of formatOperation(answer, Date.now(), context.options.width)) context.print(line);
    return exitStatus.done;
  },
};

const machineStatus: Command = {
  usage: '[--wait]',
  text: 'Shows how far the machine is; with --wait once it has settled, stops or is in recovery.',
  options: ['wait'],
  async run(context) {
    takeArguments(context);
    const answer = await (await context.control()).machineStatus(context.options.wait === true ? { wait: true } : {});
    if (context.options.json) context.print(JSON.stringify(answer));
    else for (const line of formatMachine(answer, Date.now(), context.options.width)) context.print(line);
    return answer.phase === 'recovery' ? exitStatus.failed : exitStatus.done;
  },
};

const events: Command = {
  usage: '[GLOB...]',
  text: 'Shows events as they happen, one JSON object a line.',
  async run(context) {
    const client = await context.control();
    const request = context.arguments.length > 0 ? { events: [...context.arguments] } : {};
    for await (const line of client.subscribe(request)) context.print(JSON.stringify(line));
    context.complain('the stream has ended');
    return exitStatus.unreachable;
  },
};

export const machineCommands: Readonly<Record<string, Command>> = {
  list,
  shutdown,
  'reload-config': reloadConfig,
  'operation-status': operationStatus,
  'machine-status': machineStatus,
  events,
};
