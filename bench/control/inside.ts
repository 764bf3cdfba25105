/**
 * Runs inside a machine: asks peinit and the plain server in turn, and prints what the client measured as one line of JSON.
 *
 *   node inside.ts CLIENT SERVICE GUARDED
 *
 * Of the two services the second has a security descriptor of its own.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { connectControl, controlSocketPath } from '../../clients/typescript/transport.ts';

export const loads = [
  { connections: 1, depth: 1, requests: 40_000 },
  { connections: 1, depth: 8, requests: 100_000 },
  { connections: 32, depth: 1, requests: 200_000 },
  { connections: 32, depth: 8, requests: 200_000 },
] as const;

export interface Measured {
  readonly requests: number;
  readonly elapsed_ns: number;
  readonly p50_ns: number;
  readonly p99_ns: number;
  readonly max_ns: number;
}

/** In the order of the loads. */
export interface ControlRecord {
  readonly peinit: readonly Measured[];
  readonly guarded: readonly Measured[];
  readonly ceiling: readonly Measured[];
}

const ceilingPath = '/run/ceiling.sock';

async function measure(client: string, service: string, guarded: string): Promise<ControlRecord> {
  const transport = await connectControl();
  const answer = await transport.call('status', { service });
  transport.close();
  // In a session of its own, as PID 1 is: the scheduler shares the cores out by sessions.
  const server = spawn(process.execPath, [join(import.meta.dirname, 'ceiling.ts'), ceilingPath, JSON.stringify(answer)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  const record = { peinit: [] as Measured[], guarded: [] as Measured[], ceiling: [] as Measured[] };
  for (const { connections, depth, requests } of loads) {
    for (const [side, path, asked] of [
      ['peinit', controlSocketPath, service],
      ['guarded', controlSocketPath, guarded],
      ['ceiling', ceilingPath, service],
    ] as const) {
      const request = JSON.stringify({ command: 'status', service: asked });
      const words = [path, String(connections), String(depth), String(requests), request];
      record[side].push(JSON.parse(execFileSync(client, words, { encoding: 'utf8' })) as Measured);
    }
  }
  server.kill('SIGKILL');
  return record;
}

if (import.meta.main) {
  const [client = '', service = '', guarded = ''] = process.argv.slice(2);
  process.stdout.write(`${JSON.stringify(await measure(client, service, guarded))}\n`);
}
