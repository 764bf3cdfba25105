/** What peinit comes to hold of the output of services is asked for again and again, until eventd can tell it. */
import { setTimeout as pause } from 'node:timers/promises';
import { connectEventd } from '../../typescript/eventd.ts';
import type { ControlClient } from '../../typescript/generated/client.ts';
import { ConnectionError, ControlError } from '../../typescript/transport.ts';
import type { Context } from '../command.ts';
import type { ShownLine } from './log-lines.ts';
import { heldLines } from './without-eventd.ts';

/** Where eventd is to go on. */
export interface TakenOver {
  readonly since: string;
  /** The line was shown already. */
  readonly isSeen: (line: ShownLine) => boolean;
}

const lookEveryMs = 1_000;
/** Of each service, at each look. */
const mostLines = 500;

/** `services`: all when empty. `shown`: what was held at first. */
export async function followHeld(
  context: Context,
  path: string,
  boot: string,
  services: readonly string[],
  shown: readonly ShownLine[],
  print: (lines: readonly ShownLine[]) => void,
): Promise<TakenOver> {
  const client = await context.control();
  const latest = new Map(shown.map((line): [string, ShownLine] => [keyOf(line), line]));
  let names = services.length === 0 ? await allServices(client) : services;
  for (;;) {
    await pause(lookEveryMs);
    const since = `${new Date().toISOString().slice(0, -1)}000000Z`;
    try {
      const held = names.length === 0 ? [] : await heldLines(client, boot, { services: names, lines: mostLines });
      const fresh = new Set([...Map.groupBy(held, keyOf)].flatMap(([service, own]) => behind(context, own, latest.get(service))));
      for (const line of fresh) latest.set(keyOf(line), line);
      print(held.filter((line) => fresh.has(line)));
    } catch (error) {
      // One of them is gone.
      if (!(error instanceof ControlError) || error.code !== 'UNKNOWN_SERVICE') throw error;
      const present = new Set((await allServices(client)).map((name) => name.toLowerCase()));
      names = names.filter((name) => present.has(name.toLowerCase()));
      continue;
    }
    if (!(await isThere(path))) continue;
    context.complain('eventd is up now and goes on');
    return { since, isSeen: (line) => line.timestamp <= (latest.get(keyOf(line))?.timestamp ?? '') };
  }
}

const keyOf = ({ service }: ShownLine): string => (service ?? '').toLowerCase();
const allServices = async (client: ControlClient): Promise<readonly string[]> =>
  (await client.list({})).services.map(({ service }) => service);

/** Those of a service that came after one that was seen. */
function behind(context: Context, lines: readonly ShownLine[], seen: ShownLine | undefined): readonly ShownLine[] {
  if (seen === undefined) return lines;
  const { job_id: job, origin, text, timestamp } = seen;
  const at = lines.findLastIndex(
    (line) => line.timestamp === timestamp && line.text === text && line.job_id === job && line.origin === origin,
  );
  if (at < 0 && lines.length > 0) context.complain(`${origin}: lines may be missing here: they came faster than they are asked for`);
  return lines.slice(at + 1);
}

async function isThere(path: string): Promise<boolean> {
  try {
    (await connectEventd(path)).disconnect();
    return true;
  } catch (error) {
    if (error instanceof ConnectionError) return false;
    throw error;
  }
}
