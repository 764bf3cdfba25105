/** The real control room on a real socket, in front of a policy that the test plays. */
import type { ShutdownType } from '../../gen/control/types.ts';
import { beginBoot } from '../../src/boot/machine-state.ts';
import type { Control, ControlOptions } from '../../src/control/control.ts';
import { createControl } from '../../src/control/control.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { createPeerReader } from '../../src/platform/hosted/identity/peer.ts';
import type { LoadAnswer } from '../../src/policy/view.ts';
import { FakePolicy, momentAt, startOfTime } from './fake-policy.ts';
import { LineClient } from './line-client.ts';
import { openRealRoom } from './real-room.ts';

/** How machines hold processes that are asked about something else. */
export const inCgroups = { mode: 'cgroup', mark: null, weaker: [] } as const;

export interface ControlRoom {
  readonly policy: FakePolicy;
  readonly control: Control;
  readonly shutdowns: { readonly type: ShutdownType; readonly reason: string }[];
  /** Reloads that are under way. */
  readonly reloads: ((answer: LoadAnswer) => void)[];
  /** A new connection. */
  client(): Promise<LineClient>;
  readonly path: string;
  /** The wall clock of the room, in nanoseconds. */
  now: bigint;
  /** Its monotonic clock; null: that of the kernel. */
  uptime: bigint | null;
}

/** `peer`: who connects; the test's own process when left out. */
export function openControlRoom(
  test: { teardown(handler: () => void): unknown; equal(found: unknown, wanted: unknown): unknown },
  change: Partial<ControlOptions> = {},
  peer: { pid: number; uid: number; gid: number } | number | null = { pid: 4711, uid: 0, gid: 0 },
): ControlRoom {
  const real = openRealRoom(test);
  const policy = new FakePolicy();
  const path = `${real.directory}/control.sock`;
  const kernel: Kernel = {
    ...real.kernel,
    realtimeNs: () => room.now,
    monotonicNs: () => room.uptime ?? real.kernel.monotonicNs(),
    ...(peer === null ? {} : { peerCredentials: () => peer }),
  };
  const clients: LineClient[] = [];
  const shutdowns: { type: ShutdownType; reason: string }[] = [];
  const reloads: ((answer: LoadAnswer) => void)[] = [];
  const control = createControl({
    kernel,
    loop: real.loop,
    path,
    policy,
    identify: createPeerReader({ kernel, isTag: null, ofTag: () => null, rootIsSystem: true, tampered: () => undefined }),
    submit: (event) => policy.submit(event),
    machineInfo: () => ({
      mode: 'full',
      reason: null,
      bootId: 'b5f7f0a2-0000-4000-8000-000000000001',
      identityMode: 'full',
      times: beginBoot(momentAt(0), true),
      warnings: [],
      attempts: { attempt: 1, limit: 3, ends: [] },
      containment: inCgroups,
    }),
    clearBootAttempts: (done) => done(null),
    shutdown: (type, reason) => void shutdowns.push({ type, reason }),
    reloadConfig: (done) => void reloads.push(done),
    settings: () => ({ maxControlConnections: 32, maxControlConnectionsPerUser: 16, maxRequestSize: 65536, connectionTimeoutSeconds: 30 }),
    ...change,
  });
  policy.interpret = (effect) => control.onEffect(effect);
  test.equal(control.start(), 0);
  test.teardown(() => {
    for (const client of clients) client.close();
    control.close();
  });
  const room: ControlRoom = {
    policy,
    control,
    shutdowns,
    reloads,
    path,
    now: startOfTime,
    uptime: null,
    async client() {
      const client = await LineClient.open(path);
      clients.push(client);
      return client;
    },
  };
  return room;
}
