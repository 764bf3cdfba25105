import type { Clock, Descriptors, Lines } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Effect } from '../policy/effects.ts';
import type { KeptLine, LinesWanted } from '../policy/origin.ts';
import type { Policy } from '../policy/view.ts';
import type { Console } from './console.ts';
import { createConsole } from './console.ts';
import { createNarrator } from './narrator.ts';
import type { Relay } from './relay.ts';
import { createRelay } from './relay.ts';

export interface OutputParts {
  readonly kernel: Clock & Descriptors & Lines;
  readonly loop: Loop;
  /** Device of the console. */
  readonly consolePath: string;
  readonly policy: Pick<Policy, 'machine' | 'services'>;
  /** MaxLogLineLength in force. */
  readonly maxLineLength: () => number;
  /** MaxLogBufferPerService in force. */
  readonly maxUnsentBytes: () => number;
}

/** What people read: the console, what peinit tells on it, and the lines of services. */
export interface Output {
  readonly console: Console;
  readonly warn: (text: string) => void;
  /** Tells of an error that nobody handled; the machine goes on. */
  readonly contained: (what: string, error: unknown) => void;
  readonly attach: Relay['attach'];
  readonly follow: Relay['follow'];
  /** Latest lines of a service, oldest first. */
  readonly linesOf: (service: string, wanted: LinesWanted) => readonly KeptLine[];
  onEffect(effect: Effect): void;
}

export function createOutput({ kernel, loop, consolePath, policy, maxLineLength, maxUnsentBytes }: OutputParts): Output {
  let opened: Console | null = null;
  /** Opened with the first line: its device may come with the mounts of Phase 1. */
  const open = (): Console => (opened ??= createConsole(kernel, loop, consolePath));
  const console: Console = {
    line: (text) => open().line(text),
    flush: () => open().flush(),
  };
  const narrate = createNarrator({ console, machine: () => policy.machine(), serviceCount: () => policy.services().length });
  const relay = createRelay({ kernel, loop, maxLineLength, maxUnsentBytes, flow: () => 'free' });
  return {
    console,
    warn: (text) => console.line(`warning: ${text}`),
    contained: (what, error) => console.line(`error: ${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    attach: relay.attach,
    follow: relay.follow,
    linesOf: (service, wanted) => relay.latest.of(service, wanted),
    onEffect(effect) {
      narrate(effect);
      relay.onEffect(effect);
    },
  };
}
