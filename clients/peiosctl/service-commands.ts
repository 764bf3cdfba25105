import type { ReloadResponse, StartResponse, StatusResponse } from '../../gen/control/types.ts';
import type { ControlClient } from '../typescript/generated/client.ts';
import type { Command, Context } from './command.ts';
import { exitStatus, takeArguments } from './command.ts';
import { formatExplanation } from './format-explanation.ts';
import { because, formatStatus, formatTrouble } from './format-status.ts';
import { painter, paintState } from './paint.ts';
import { tellingWhy } from './waiting.ts';

type Answer = StartResponse | ReloadResponse | StatusResponse;
type Lifecycle = (client: ControlClient, request: { service: string; wait?: boolean }) => Promise<Answer>;

/** Whether the service ended up where the command wanted it. */
type Succeeded = (answer: Answer) => boolean;

const up: Succeeded = ({ state }) => state !== 'failed' && state !== 'backoff' && state !== 'abandoned';
const down: Succeeded = ({ state }) => state === 'inactive' || state === 'skipped' || state === 'failed';

const waitOptions = ['wait', 'no-wait'] as const;
const waitUsage = { yes: ' [--no-wait]', no: ' [--wait]', never: '' } as const;

/** `waits`: whether the command waits for the end by itself; never: it is over when it is answered. */
function lifecycle(text: string, call: Lifecycle, succeeded: Succeeded, waits: keyof typeof waitUsage): Command {
  return {
    usage: `SERVICE${waitUsage[waits]}`,
    text,
    options: waits === 'never' ? [] : waitOptions,
    async run(context) {
      const [service = ''] = takeArguments(context, 'SERVICE');
      const { wait, json } = context.options;
      const client = await context.control();
      const answer = await tellingWhy(context, service, call(client, wait === null ? { service } : { service, wait }));
      const failed = (wait ?? waits !== 'no') && !succeeded(answer);
      if (json) context.print(JSON.stringify(answer));
      else for (const line of describe(answer, context)) context.print(line);
      if ((failed || answer.state === 'skipped') && !json)
        for (const line of formatTrouble(await client.status({ service }), context.options.width)) context.print(line);
      return failed ? exitStatus.failed : exitStatus.done;
    },
  };
}

function describe(answer: Answer, context: Context): readonly string[] {
  const paint = painter(context.options.color);
  // While it reloads nothing is known of the outcome.
  const mode = 'mode' in answer && answer.state !== 'reloading' ? ` (reload ${answer.mode})` : '';
  const why = answer.cause === null ? '' : `, ${because(answer.cause)}`;
  const lines = [`${answer.service}: ${paintState(paint, answer.state)}${why}${mode}`];
  if (!('operation_id' in answer)) return [`${lines[0]} (nothing to do)`];
  return [...lines, ...answer.warnings.map((warning) => `  warning: ${warning}`)];
}

const status: Command = {
  usage: '[SERVICE]',
  text: 'Shows a service, or how the machine is. Exit status 4: the service is not up.',
  async run(context) {
    const client = await context.control();
    const [service] = context.arguments;
    if (service === undefined) return machineOverview(client, context);
    takeArguments(context, 'SERVICE');
    const answer = await client.status({ service });
    if (context.options.json) context.print(JSON.stringify(answer));
    else for (const line of formatStatus(answer, painter(context.options.color), Date.now(), context.options.width)) context.print(line);
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
  const { formatMachine } = await import('./format-status.ts');
  for (const line of formatMachine(machine, Date.now(), context.options.width)) context.print(line);
  const counts = new Map<string, number>();
  for (const { state } of services) counts.set(state, (counts.get(state) ?? 0) + 1);
  context.print(`  services   ${[...counts].map(([state, count]) => `${count} ${state}`).join(', ') || 'none'}`);
  return exitStatus.done;
}

const explain: Command = {
  usage: 'SERVICE',
  text: 'Tells why a service is as it is and what a start would do, without doing it.',
  async run(context) {
    const [service = ''] = takeArguments(context, 'SERVICE');
    const answer = await (await context.control()).explain({ service });
    if (context.options.json) context.print(JSON.stringify(answer));
    else for (const line of formatExplanation(answer, painter(context.options.color), context.options.width)) context.print(line);
    return exitStatus.done;
  },
};

export const serviceCommands: Readonly<Record<string, Command>> = {
  start: lifecycle('Starts a service with all it requires.', (client, request) => client.start(request), up, 'yes'),
  stop: lifecycle('Stops a service.', (client, request) => client.stop(request), down, 'yes'),
  restart: lifecycle('Stops a service and starts it again.', (client, request) => client.restart(request), up, 'yes'),
  reload: lifecycle(
    'Has a service read its configuration again.',
    (client, request) => client.reload(request),
    (answer) => up(answer) && !('mode' in answer && answer.mode === 'failed'),
    'no',
  ),
  reset: lifecycle(
    'Clears failed, abandoned or skipped.',
    (client, { service }) => client.reset({ service }),
    () => true,
    'never',
  ),
  status,
  explain,
};
