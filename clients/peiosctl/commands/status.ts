import type { StatusResponse } from '../../../gen/control/types.ts';
import type { ControlClient } from '../../typescript/generated/client.ts';
import type { Command, Context } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { formatMachine, formatStatus } from '../format-status.ts';
import { globs } from '../lifecycle.ts';
import { notInForce } from '../not-in-force.ts';
import { linesAsked } from '../options.ts';
import { hanging, inWords, painter } from '../paint.ts';
import { refusedOne, serviceNames } from '../service-names.ts';
import { UsageError } from '../usage-error.ts';

export const status: Command = {
  text: 'Shows services, or how the machine is.',
  more: [
    'State and cause, what went wrong and what to do, the process, what the service says of itself, and the last lines of its output; ' +
      '`logs` has all of it, also of earlier boots.',
    globs,
  ],
  group: 'services',
  arguments: [
    {
      name: 'SERVICE',
      is: { kind: 'service' },
      text: 'name of a service, or a pattern that matches names; the machine when left out',
      count: 'any',
    },
  ],
  options: ['lines'],
  exits: { failed: 'refused, or there is no such service', notRunning: 'not all of the services are up' },
  examples: [
    { line: 'status', text: 'how the machine is: phase, warnings, how many services are in which state' },
    { line: 'status web', text: 'state, cause, process and last output of web' },
    { line: "status 'web-*'", text: 'all whose names begin with web-, and how many of them are up' },
    { line: 'status -n 50 web', text: 'with its last 50 lines of output' },
    { line: 'status web >/dev/null || echo down', text: 'asks only whether it is up' },
  ],
  async run(context) {
    const asked = linesAsked(context.options.values);
    if (context.arguments.length === 0 && asked !== null) throw new UsageError('--lines needs a service whose lines they are');
    if (context.arguments.length === 0) return machineOverview(await context.control(), context);
    const client = await context.control();
    const names = await serviceNames(client, context.arguments);
    const [only = ''] = names;
    if (names.length > 1) return ofSeveral(client, context, names, asked);
    const [answer, warning] = await Promise.all([client.status(request(only, asked)), machineWarning(client, context)]);
    show(answer, context, asked, warning);
    return isRunning(answer) ? exitStatus.done : exitStatus.notRunning;
  },
};

const isRunning = ({ state }: StatusResponse): boolean => state === 'active' || state === 'reloading' || state === 'completed';

const request = (service: string, asked: number | null) => (asked === null ? { service } : { service, lines: asked });

/** What keeps a change of the definition from counting; programs ask for machine-status. */
const machineWarning = async (client: ControlClient, { options }: Context): Promise<string | null> =>
  options.json ? null : notInForce(client);

function show(answer: StatusResponse, context: Context, asked: number | null, warning: string | null): void {
  const { json, color, width } = context.options;
  if (json) context.print(JSON.stringify(answer));
  else for (const line of formatStatus(answer, painter(color), width, asked, warning)) context.print(line);
}

async function ofSeveral(client: ControlClient, context: Context, names: readonly string[], asked: number | null): Promise<number> {
  const down: string[] = [];
  let unknown = 0;
  // Asked in one piece; answered, and shown, in order.
  const requests = names.map((service) => ({ service, answer: client.status(request(service, asked)) }));
  for (const { answer } of requests) answer.catch(() => undefined);
  const warning = await machineWarning(client, context);
  for (const { service, answer } of requests) {
    try {
      const status = await answer;
      show(status, context, asked, null);
      if (!isRunning(status)) down.push(`${status.service} is ${inWords(status.state)}`);
    } catch (error) {
      unknown += 1;
      await refusedOne(context, client, service, error);
    }
    if (!context.options.json) context.print('');
  }
  if (warning !== null) for (const line of hanging('', `warning: ${warning}`, context.options.width)) context.print(line);
  if (!context.options.json) context.print(down.length + unknown === 0 ? `up: all ${names.length}` : upOf(names.length, down, unknown));
  return unknown > 0 ? exitStatus.failed : down.length > 0 ? exitStatus.notRunning : exitStatus.done;
}

const upOf = (count: number, down: readonly string[], unknown: number): string =>
  [`up: ${count - down.length - unknown} of ${count}`, ...down, ...(unknown === 0 ? [] : [`${unknown} unknown`])].join(', ');

async function machineOverview(client: ControlClient, context: Context): Promise<number> {
  const machine = await client.machineStatus({});
  const { services } = await client.list({});
  if (context.options.json) {
    context.print(JSON.stringify({ machine, services }));
    return exitStatus.done;
  }
  for (const line of formatMachine(machine, context.options.width)) context.print(line);
  const counts = new Map<string, number>();
  for (const { state } of services) counts.set(state, (counts.get(state) ?? 0) + 1);
  context.print(`  services   ${[...counts].map(([state, count]) => `${count} ${state}`).join(', ') || 'none'}`);
  return exitStatus.done;
}
