import type { Link, LinkParts } from './link.ts';
import { createLink } from './link.ts';
import type { Outbox } from './outbox.ts';
import { createOutbox } from './outbox.ts';

/** A connection of ours to a daemon with lines in both directions, and buffers that are bounded in both. */
export interface LineLink extends Pick<Link<Outbox>, 'state' | 'close'> {
  open(): void;
  /** False: too much is unsent already, or the link is not open. */
  send(line: string): boolean;
}

export interface LineLinkParts extends Omit<LinkParts<Outbox>, 'outgoing' | 'readBytes'> {
  readonly path: string;
  /** Unsent bytes from which on nothing is taken. */
  readonly maxUnsentBytes: number;
}

const writeBytes = 64 * 1024;

export function createLineLink({ path, maxUnsentBytes, ...parts }: LineLinkParts): LineLink {
  const output = Buffer.allocUnsafe(writeBytes);
  const link = createLink({ ...parts, outgoing: (fd) => createOutbox(parts.kernel, fd, output) });
  return {
    get state() {
      return link.state;
    },
    open: () => link.open(path),
    send(line) {
      const { out } = link;
      if (out === null || out.unsent >= maxUnsentBytes) return false;
      const idle = out.unsent === 0;
      out.push(line);
      if (idle) link.flush();
      return true;
    },
    close: link.close,
  };
}
