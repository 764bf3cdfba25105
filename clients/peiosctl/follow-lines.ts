import type { FollowResponse } from '../../gen/control/types.ts';
import { foldName } from '../../src/policy/definition/names.ts';
import type { ControlClient } from '../typescript/generated/client.ts';
import type { Context } from './command.ts';
import { createLineFormatter } from './format-line.ts';
import { painter } from './paint.ts';

/** What services write, shown as they write it. O-116. */
export interface FollowedLines {
  /** Resolves when all is shown that was written before an answer of peinit that came just now. */
  caughtUp(): Promise<void>;
  close(): void;
}

/** Resolves when no line can be missed any more. Of a service that the caller may not query nothing is shown. */
export async function followLines(context: Context, client: ControlClient, names: readonly string[]): Promise<FollowedLines> {
  const asked = new Set(names.map((name) => foldName(name)));
  const services = (await client.list({})).services.map(({ service }) => service).filter((name) => asked.has(foldName(name)));
  if (services.length === 0) return { caughtUp: () => Promise.resolve(), close: () => undefined };
  const transport = await context.connect(true);
  const stream = transport.stream('follow', { services });
  const format = createLineFormatter(painter(context.options.color), services);
  let count = 0;

  function show(line: FollowResponse): void {
    count += 1;
    if (context.options.json) return context.print(JSON.stringify(line));
    if (line.lost !== undefined)
      context.complain(`${line.lost === 1 ? '1 line was' : `${line.lost} lines were`} lost here: they came faster than they were taken`);
    const { origin = '', timestamp = '', is_error = false, lines = [] } = line;
    for (const text of lines) context.print(format({ origin, timestamp, text, is_error }));
  }

  async function take(): Promise<void> {
    for await (const line of stream) show(line as FollowResponse);
  }

  try {
    await stream.opened;
  } catch (error) {
    transport.close();
    throw error;
  }
  // The operation itself goes on, and tells of a peinit that is gone.
  take().catch(() => undefined);
  return {
    async caughtUp() {
      // What was read in the turn of that answer is on its way two turns later; what remains is to read it.
      for (let turns = 0; turns < 2; turns++) await client.machineStatus();
      for (let before = -1, quiet = 0; quiet < 3; before = count) {
        await new Promise((done) => setImmediate(done));
        quiet = before === count ? quiet + 1 : 0;
      }
    },
    close: () => transport.close(),
  };
}
