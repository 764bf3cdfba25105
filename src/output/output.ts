import type { State } from '../../gen/service/types.ts';
import type { Files } from '../kernel/kernel.ts';
import type { Effect } from '../policy/effects.ts';
import type { KeptLine, LinesWanted } from '../policy/origin.ts';
import { eventdKey } from '../policy/platform-daemons.ts';
import type { Policy } from '../policy/view.ts';
import type { Console, OpenConsole } from './console.ts';
import { openConsole } from './console.ts';
import type { ConsoleMode } from './console-mode.ts';
import type { Delivery, DeliveryParts } from './delivery.ts';
import { createDelivery } from './delivery.ts';
import { createNarrator } from './narrator.ts';
import type { Relay } from './relay.ts';
import { createRelay } from './relay.ts';
import type { ServiceLines } from './service-lines.ts';
import { createServiceLines } from './service-lines.ts';
import { createWaits } from './waits.ts';

export interface OutputParts extends Pick<DeliveryParts, 'loop' | 'journal' | 'hello'> {
  readonly kernel: DeliveryParts['kernel'] & Pick<Files, 'isTerminal'>;
  readonly consoleMode: ConsoleMode;
  /** The console tells failures only. */
  readonly quiet: boolean;
  readonly timestamp: (realtimeNs: bigint) => string;
  readonly policy: Pick<Policy, 'machine' | 'service' | 'services' | 'waits'>;
  /** MaxLogLineLength in force. */
  readonly maxLineLength: () => number;
  /** MaxLogBufferPerService in force. */
  readonly maxUnsentBytes: () => number;
  /** LogSocketPath in force. */
  readonly logSocketPath: () => string;
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
  /** Has all lines of services told to somebody else as well, from now on. */
  onLines(listener: ServiceLines['burst']): void;
  onEffect(effect: Effect): void;
}

/** So often a piece of each pipe is read at the end: more than any pipe holds, and no service that was left behind goes on for ever. */
const restRounds = 32;

export function createOutput(parts: OutputParts): Output {
  const { kernel, loop, consoleMode, quiet, timestamp, policy } = parts;
  let opened: OpenConsole | null = null;
  /** Opened with the first line: its device may come with the mounts of Phase 1. */
  const open = (): OpenConsole => (opened ??= openConsole({ kernel, loop, mode: consoleMode, quiet, timestamp }));
  const console: Console = {
    line: (text, weight, service) => open().line(text, weight, service),
    flush: () => open().flush(),
    finish: (done) => finish(restRounds, done),
  };

  /** What services wrote last is told as well, as fast as it is read. */
  function finish(rounds: number, done: () => void): void {
    const more = consoleMode.withOutput && rounds > 0 && relay.readRest();
    open().stream.finish((written) => (more && written ? finish(rounds - 1, done) : done()));
  }

  let shown: ServiceLines | null = null;
  let told: ServiceLines['burst'] | null = null;
  const show: ServiceLines = {
    burst(writer, at, bytes, from, to, lines) {
      told?.(writer, at, bytes, from, to, lines);
      if (!consoleMode.withOutput) return;
      shown ??= createServiceLines({ stream: open().stream, json: consoleMode.json, timestamp });
      shown.burst(writer, at, bytes, from, to, lines);
    },
  };
  const tellWaits = createWaits({ kernel, loop, policy, console });
  const narrate = createNarrator({ console, machine: () => policy.machine(), serviceCount: () => policy.services().length });
  const warn = (text: string): void => console.line(text, 'warning');
  const relay = createRelay({
    kernel,
    loop,
    maxLineLength: parts.maxLineLength,
    maxUnsentBytes: parts.maxUnsentBytes,
    flow: () => delivery.flow,
    added: () => delivery.send(),
    shown: show,
  });
  const delivery: Delivery = createDelivery({
    kernel,
    loop,
    journal: parts.journal,
    hello: parts.hello,
    ring: relay.ring,
    path: parts.logSocketPath,
    isUp: () => isUp(policy.service(eventdKey)?.state),
    goOn: relay.goOn,
    warn,
  });
  return {
    console,
    warn,
    contained: (what, error) =>
      console.line(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, 'error'),
    attach: relay.attach,
    follow: relay.follow,
    linesOf: (service, wanted) => relay.latest.of(service, wanted),
    onLines(listener) {
      told = listener;
    },
    onEffect(effect) {
      narrate(effect);
      tellWaits(effect);
      relay.onEffect(effect);
      delivery.onEffect(effect);
    },
  };
}

const isUp = (state: State | undefined): boolean => state === 'active' || state === 'reloading';
