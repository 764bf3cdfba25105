/** The real kernel seam and loop in the test's own process, with a directory for sockets; all of it goes away with the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { createRealKernel } from '../../src/linux/real-kernel.ts';
import type { RealLoop } from '../../src/linux/real-loop.ts';
import { createRealLoop } from '../../src/linux/real-loop.ts';
import { loadShim } from '../../src/linux/shim.ts';

export interface RealRoom {
  readonly kernel: Kernel;
  readonly loop: RealLoop;
  readonly directory: string;
  /** What handlers threw; empty in a good test. */
  readonly errors: unknown[];
}

const shimPath = join(import.meta.dirname, '../../build/shim.node');

export function openRealRoom(test: { teardown(handler: () => void): unknown }): RealRoom {
  const shim = loadShim(shimPath);
  const errors: unknown[] = [];
  const loop = createRealLoop(shim, (error) => errors.push(error));
  const directory = mkdtempSync(join(tmpdir(), 'peinit-room-'));
  loop.run();
  test.teardown(() => {
    loop.stop();
    loop.close();
    rmSync(directory, { recursive: true, force: true });
    if (errors.length > 0) throw new AggregateError(errors, 'handlers threw');
  });
  return { kernel: createRealKernel(shim), loop, directory, errors };
}
