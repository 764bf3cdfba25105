import type { ControlClient } from '../../typescript/generated/client.ts';
import type { Command, Context } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { formatMachine, formatStatus } from '../format-status.ts';
import { painter } from '../paint.ts';

export const status: Command = {
  text: 'Shows a service, or how the machine is.',
  more: [
    'State and cause, what went wrong and what to do, the process, what the service says of itself, and the last lines of its output.',
  ],
  group: 'services',
  arguments: [{ name: 'SERVICE', is: { kind: 'service' }, text: 'name of the service; the machine when left out', count: 'optional' }],
  exits: { notRunning: 'the service is not up' },
  examples: [
    { line: 'status', text: 'how the machine is: phase, warnings, how many services are in which state' },
    { line: 'status web', text: 'state, cause, process and last output of web' },
    { line: 'status web >/dev/null || echo down', text: 'asks only whether it is up' },
  ],
  async run(context) {
    const client = await context.control();
    const [service] = context.arguments;
    if (service === undefined) return machineOverview(client, context);
    const answer = await client.status({ service });
    if (context.options.json) context.print(JSON.stringify(answer));
    else for (const line of formatStatus(answer, painter(context.options.color), context.options.width)) context.print(line);
    const running = answer.state === 'active' || answer.state === 'reloading' || answer.state === 'completed';
    return running ? exitStatus.done : exitStatus.notRunning;
  },
};

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
