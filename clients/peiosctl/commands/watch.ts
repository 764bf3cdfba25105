import type { ListEntry } from '../../../gen/control/types.ts';
import { ControlClient } from '../../typescript/generated/client.ts';
import type { Command, Context } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { createChangeFormatter } from '../format-change.ts';
import { KnownStates } from '../known-states.ts';
import { painter } from '../paint.ts';
import type { Change } from '../service-changes.ts';
import { followChanges } from '../service-changes.ts';
import { isGlob, isMeant, matching } from '../service-names.ts';

export const watch: Command = {
  text: 'Shows what becomes of services: each step from one state to another, one a line.',
  more: [
    'Patterns (`web-*`, quoted) also name services that are defined later. --initial tells first what state each is in.',
    'Where steps were missed, because whoever reads the output was too slow or peinit was away, it says so and shows what has another ' +
      'state now.',
    'With --json a step is the event as it came (service.state, service.gone), and what is read a line {"kind":"present",...}, ' +
      'with `before` where it was known in another state.',
  ],
  group: 'services',
  arguments: [
    {
      name: 'SERVICE',
      is: { kind: 'service' },
      text: 'name of a service, or a pattern that matches names; all when left out',
      count: 'any',
    },
  ],
  options: ['initial'],
  exits: { failed: 'refused, or there is no such service', unreachable: 'peinit cannot be reached, or has gone and did not come back' },
  examples: [
    { line: 'watch', text: 'each step of each service, until Ctrl-C' },
    { line: "watch --initial web 'db-*'", text: 'the state that each is in, then their steps' },
    { line: 'watch web --json | grep -m1 \'"to":"failed"\'', text: 'for programs' },
  ],
  async run(context) {
    // What happens from here on is told.
    const changes = await followChanges(context, ['service.*']);
    try {
      await follow(context, changes);
    } finally {
      changes.close();
    }
    return exitStatus.unreachable;
  },
};

async function follow(context: Context, changes: AsyncIterable<Change>): Promise<void> {
  const { arguments: words, options } = context;
  const known = new KnownStates();
  const first = await listed(context);
  // Whoever writes a name means a service that is there; a pattern may be about those to come.
  matching(
    first,
    words.filter((word) => !isGlob(word)),
  );
  const meant = isMeant(words);
  const there = first.filter(({ service }) => meant(service));
  const format = createChangeFormatter(
    painter(options.color),
    options.width,
    there.map(({ service }) => service),
  );
  const show = (json: unknown, lines: () => readonly string[]): void => {
    if (options.json) context.print(JSON.stringify(json));
    else for (const line of lines()) context.print(line);
  };
  for (const now of there) {
    known.read(now);
    if (options.values.initial === true) show(present(now), () => format.present(context.shown(now), null));
  }
  if (options.attended) context.complain(`watching ${counted(there.length)}; Ctrl-C ends it`);

  function readAnew(services: readonly ListEntry[]): void {
    for (const now of services.filter(({ service }) => meant(service))) {
      const jump = known.read(now);
      if (jump !== null) show({ ...present(now), before: jump.before.state }, () => format.present(context.shown(now), jump.before.state));
    }
    for (const { service } of known.missing(services)) {
      known.forget(service);
      show({ kind: 'present', service, state: null }, () => format.gone(context.shown(service), new Date().toISOString()));
    }
  }

  for await (const change of changes) {
    if (change.kind === 'anew') {
      context.complain(
        change.why === 'lost' ? 'steps were missed: this reader was too slow; states are read anew' : 'peinit has booted anew',
      );
      readAnew(await listed(context));
      continue;
    }
    const { line } = change;
    if (line.event === 'service.gone' && meant(line.payload.service)) {
      known.forget(line.payload.service);
      show(line, () => format.gone(context.shown(line.payload.service), line.timestamp ?? ''));
    } else if (line.event === 'service.state' && meant(line.payload.service) && known.step(line.payload))
      show(line, () => format.step(context.shown(line.payload), line.timestamp ?? ''));
  }
}

const present = ({ service, state, cause }: ListEntry): object => ({ kind: 'present', service, state, cause });

const counted = (count: number): string => (count === 1 ? '1 service' : `${count} services`);

/** On a connection of its own, which may be needed again much later. */
async function listed(context: Context): Promise<readonly ListEntry[]> {
  const transport = await context.connect(true);
  try {
    return (await new ControlClient(transport).list({})).services;
  } finally {
    transport.close();
  }
}
