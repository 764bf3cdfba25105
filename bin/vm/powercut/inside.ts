/**
 * What runs in the machine: services that make it write, and the command, which tells what it finds and then writes for ever.
 *
 * A line `found {...}` comes first; then one `acknowledged NUMBER LAST-RUN` for each pair, which is on the disk by then.
 */
import type { Found } from './records.ts';

export const keys = { pair: 'Machine\\System\\Init\\PowerCut', timer: 'Machine\\System\\Services\\each-second' } as const;

/** A boot counts as a success soon after the command has begun: its counter is set back in the middle of the writes. */
const graceSeconds = 5;

export const registry = {
  'Machine\\System\\Boot': { BootSuccessGrace: graceSeconds },
  [keys.pair]: {},
  [keys.timer]: {
    Description: 'Has its last run written each second',
    ImagePath: '/bin/true',
    Identity: 'SYSTEM',
    Type: 'Oneshot',
    Triggers: ['timer:*:*:*'],
  },
} as const;

/** Of process 1. */
const counterPath = '/.peinit/boot-attempts';

/** The program, which node runs inside; `once` makes it end when it has told what it found. */
const program = async (once: boolean): Promise<void> => {
  const { existsSync, readFileSync, writeSync } = process.getBuiltinModule('node:fs');
  const socket = process.getBuiltinModule('node:net').connect('/run/registry/registry.sock');
  const { createInterface } = process.getBuiltinModule('node:readline');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  let id = 0;
  async function ask(op: string, members: object): Promise<Record<string, unknown>> {
    socket.write(`${JSON.stringify({ id: ++id, op, ...members })}\n`);
    return JSON.parse(String((await lines.next()).value));
  }
  const read = async (path: string, name: string): Promise<unknown> => {
    const { type, data, error } = await ask('query', { path, name });
    return error === undefined ? { type, data } : { error };
  };
  const found: Found = {
    counter: existsSync(counterPath) ? readFileSync(counterPath, 'latin1') : null,
    first: await read(keys.pair, 'First'),
    second: await read(keys.pair, 'Second'),
    lastRun: await read(keys.timer, 'LastTimerRun'),
    nowMs: Date.now(),
  };
  writeSync(1, `found ${JSON.stringify(found)}\n`);
  if (once) process.exit();
  for (let number = Number((found.first as { data?: number }).data ?? 0) + 1; ; number++) {
    const { transaction } = await ask('begin', {});
    const value = { path: keys.pair, transaction, type: 'DWORD', data: number };
    await ask('set', { ...value, name: 'First' });
    await ask('set', { ...value, name: 'Second' });
    const { status } = await ask('commit', { transaction });
    const lastRun = (await read(keys.timer, 'LastTimerRun')) as { data?: string };
    if (status === 'ok') writeSync(1, `acknowledged ${number} ${lastRun.data ?? 0}\n`);
  }
};

/** What the machine is to run. */
export function command(once: boolean): readonly string[] {
  const constants = `const keys = ${JSON.stringify(keys)}; const counterPath = ${JSON.stringify(counterPath)};`;
  return ['node', '-e', `${constants} (${program.toString()})(${once})`];
}
