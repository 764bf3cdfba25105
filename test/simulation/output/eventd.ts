/**
 * The event daemon of a simulated life: it lives and dies with the process of its service, and in between it is well, slow, stands still,
 * has no room on its disk, hangs up, or says what it must not.
 */
import { constants } from 'node:os';
import { pollBits } from '../../../src/linux/dispatcher.ts';
import type { Random } from '../../support/random.ts';
import type { DescriptorWorld, File } from '../kernel/descriptors.ts';
import type { Scheduler, Ticket } from '../scheduler.ts';
import type { Kept, Reception } from './kept.ts';

export interface Eventd {
  /** Its process runs, or is gone. */
  begin(): void;
  end(): void;
  /** A descriptor, or -errno. */
  connect(): number;
  /** Since when it has taken and kept everything at once; null: it does not. */
  readonly wellSince: number | null;
  /** When process 1 last began a connection, or heard of something new that is kept. */
  readonly progressAt: number;
  /** Since when it listens; null: it does not. */
  readonly listensSince: number | null;
  /** Since when process 1 has neither a connection nor tried to make one; null: it has one. */
  readonly aloneSince: number | null;
}

type Mood = 'well' | 'slow' | 'still' | 'full' | 'mute';

interface Connection {
  readonly reception: Reception;
  readonly file: File;
  /** Written by process 1, and not read. */
  held: Buffer;
  partial: Buffer;
  /** On its way to process 1. */
  inbox: Buffer;
  /** Since when the greeting is answered. */
  answeredAt: number | null;
  reads: Ticket | null;
  commits: Ticket | null;
  /** No more will come: process 1 has said so, or closed. */
  finished: boolean;
  peerGone: boolean;
  closed: boolean;
}

const { EAGAIN, ECONNREFUSED, EINTR, EPIPE } = constants.errno;
const ms = 1e6;
const second = 1e9;
const newline = 10;
const moods: readonly Mood[] = ['well', 'well', 'well', 'well', 'slow', 'slow', 'still', 'full', 'mute'];

export function createEventd(
  random: Random,
  scheduler: Scheduler,
  world: DescriptorWorld,
  kept: Kept,
  guard: (run: () => void) => void,
): Eventd {
  const connections = new Set<Connection>();
  const room = random.pick([4096, 65_536, 212_992]);
  let current: Connection | null = null;
  let mood: Mood = 'well';
  let moodSince = 0;
  let moodEnds: Ticket | null = null;
  let listensSince: number | null = null;
  let aloneSince = 0;
  let progressAt = 0;

  const later = (delayNs: number, run: () => void): Ticket => scheduler.after(delayNs, () => guard(run));

  function changeMood(): void {
    mood = random.pick(moods);
    moodSince = scheduler.now;
    moodEnds = later(second * (1 + random.below(mood === 'well' ? 60 : 15)), changeMood);
    for (const connection of connections) {
      connection.commits?.cancel();
      connection.commits = null;
      readSoon(connection);
      commitSoon(connection);
    }
    if (current === null || !random.chance(0.2)) return;
    if (random.chance(0.5)) return hangUp(current);
    say(current, random.pick(['nonsense\n', '{"acked":{"log":9007199254740000,"event":0}}\n', `${'x'.repeat(2000)}\n`]));
  }

  function say(connection: Connection, text: string): void {
    connection.inbox = Buffer.concat([connection.inbox, Buffer.from(text)]);
    world.touch(connection.file);
  }

  function readSoon(connection: Connection): void {
    if (connection.reads !== null || mood === 'still' || connection.closed) return;
    if (connection.held.length === 0 && !connection.finished) return;
    connection.reads = later(random.chance(0.7) ? 0 : random.below(2 * ms), () => {
      connection.reads = null;
      if (mood !== 'still') take(connection);
    });
  }

  function take(connection: Connection): void {
    const bytes = Buffer.concat([connection.partial, connection.held]);
    connection.held = Buffer.alloc(0);
    let from = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, from)) {
      if (connection.reception.take(bytes.toString('utf8', from, end)) === 'hello') answer(connection);
      from = end + 1;
    }
    connection.partial = bytes.subarray(from);
    world.touch(connection.file);
    if (connection.reception.waiting > 0) commitSoon(connection);
    else if (connection.finished) hangUp(connection);
  }

  function answer(connection: Connection): void {
    if (mood === 'mute') return;
    later(random.below(20 * ms), () => {
      if (connection.closed || connection.peerGone) return;
      connection.answeredAt = scheduler.now;
      acknowledge(connection);
    });
  }

  function acknowledge(connection: Connection): void {
    progressAt = scheduler.now;
    connection.reception.tell(kept.stored);
    say(connection, `${JSON.stringify({ acked: kept.stored })}\n`);
  }

  function commitSoon(connection: Connection): void {
    if (connection.commits !== null || connection.closed || mood === 'full') return;
    if (connection.reception.waiting === 0) return;
    const delayNs = mood === 'slow' ? random.below(4 * second) : random.below(5 * ms);
    connection.commits = later(delayNs, () => {
      connection.commits = null;
      if (mood === 'full') return;
      connection.reception.commit();
      if (connection.answeredAt !== null && !connection.peerGone) acknowledge(connection);
      if (connection.finished && connection.held.length === 0) hangUp(connection);
    });
  }

  function left(connection: Connection): void {
    if (current !== connection) return;
    current = null;
    aloneSince = scheduler.now;
  }

  /** What it has not kept of it is lost. */
  function hangUp(connection: Connection): void {
    connection.closed = true;
    connection.reads?.cancel();
    connection.commits?.cancel();
    connections.delete(connection);
    left(connection);
    world.touch(connection.file);
  }

  function fileOf(self: () => Connection): File {
    return {
      ready() {
        const { inbox, closed, held } = self();
        if (closed) return pollBits.in | pollBits.hup;
        return (inbox.length > 0 ? pollBits.in : 0) | (held.length < room ? pollBits.out : 0);
      },
      read(into) {
        const connection = self();
        if (random.chance(0.01)) return -EINTR;
        if (connection.inbox.length === 0) return connection.closed ? 0 : -EAGAIN;
        const part = connection.inbox.subarray(0, random.chance(0.05) ? 1 : into.length);
        into.set(part);
        connection.inbox = connection.inbox.subarray(part.length);
        return part.length;
      },
      write(data, offset, length) {
        const connection = self();
        if (connection.closed) return -EPIPE;
        const most = Math.min(length, room - connection.held.length);
        if (most <= 0) return -EAGAIN;
        const count = random.chance(0.05) ? 1 + random.below(most) : most;
        connection.held = Buffer.concat([connection.held, data.subarray(offset, offset + count)]);
        readSoon(connection);
        return count;
      },
      shutdownWrite() {
        self().finished = true;
        readSoon(self());
        return 0;
      },
      closed() {
        const connection = self();
        connection.peerGone = true;
        connection.finished = true;
        left(connection);
        // What it wrote is there all the same.
        readSoon(connection);
      },
    };
  }

  return {
    begin() {
      listensSince = scheduler.now;
      mood = random.pick(moods);
      moodSince = scheduler.now;
      moodEnds = later(second * (1 + random.below(30)), changeMood);
    },
    end() {
      listensSince = null;
      moodEnds?.cancel();
      for (const connection of [...connections]) hangUp(connection);
    },
    connect() {
      aloneSince = scheduler.now;
      if (listensSince === null) return -ECONNREFUSED;
      if (random.chance(0.03)) return -EAGAIN;
      progressAt = scheduler.now;
      const connection: Connection = {
        reception: kept.begins(),
        file: fileOf(() => connection),
        held: Buffer.alloc(0),
        partial: Buffer.alloc(0),
        inbox: Buffer.alloc(0),
        answeredAt: null,
        reads: null,
        commits: null,
        finished: false,
        peerGone: false,
        closed: false,
      };
      connections.add(connection);
      current = connection;
      return world.install(connection.file);
    },
    get wellSince() {
      const answeredAt = current?.answeredAt ?? null;
      return mood !== 'well' || answeredAt === null ? null : Math.max(answeredAt, moodSince);
    },
    get progressAt() {
      return progressAt;
    },
    get listensSince() {
      return listensSince;
    },
    get aloneSince() {
      return current === null ? aloneSince : null;
    },
  };
}
