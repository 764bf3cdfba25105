/** /dev/jfs, where the kernel has it: requests come with a descriptor of their caller's token, and are handled like those of the socket. */
import { constants } from 'node:fs';
import { encodeSubmitFailure } from '../../gen/jobs/encode.ts';
import { submitErrorFacts } from '../../gen/jobs/facts.ts';
import { JsonFault, parseJsonLine } from '../json/parser.ts';
import type { JsonObject } from '../json/text.ts';
import { describeErrno, errno } from '../kernel/errno.ts';
import type { Descriptors } from '../kernel/kernel.ts';
import type { Loop, Watch } from '../kernel/loop.ts';
import type { RequestFrame } from '../wire/jobs/frames.ts';
import { answerFrame, FrameReader } from '../wire/jobs/frames.ts';
import type { Asker } from './asker.ts';

export const devicePath = '/dev/jfs';

export interface DeviceParts<One> {
  readonly kernel: Pick<Descriptors, 'open' | 'read' | 'write' | 'close'>;
  readonly loop: Loop;
  readonly path?: string;
  /** Bytes of a request. */
  limit(): number;
  /** Whose token that is, by its descriptor; null: it cannot be told. */
  ofToken(fd: number): One | null;
  request(asker: Asker<One>, request: JsonObject): void;
  readonly warn: (text: string) => void;
  /** For the log alone: on most machines there is no such device. */
  readonly note: (text: string) => void;
}

export interface Device {
  /** Failing is a warning and nothing more. BOOT-022, BOOT-023. */
  open(): void;
  close(): void;
}

const flags = constants.O_RDWR | constants.O_NONBLOCK;
const pieceBytes = 65_536;

export function createDevice<One>(parts: DeviceParts<One>): Device {
  const { kernel, loop, path = devicePath, warn } = parts;
  let opened: { readonly fd: number; readonly watch: Watch } | null = null;
  let unsent: Buffer[] = [];

  function fail(what: string): void {
    warn(`${path} ${what}; jobs come over the socket alone`);
    close();
  }

  function close(): void {
    if (opened === null) return;
    opened.watch.close();
    kernel.close(opened.fd);
    opened = null;
    unsent = [];
  }

  function read(fd: number, reader: FrameReader, piece: Buffer): void {
    const got = kernel.read(fd, piece);
    if (got === -errno.EAGAIN || got === -errno.EINTR) return;
    if (got <= 0) return fail(got === 0 ? 'has ended' : `cannot be read: ${describeErrno(got)}`);
    const frames = reader.push(piece.subarray(0, got));
    if (frames === null) return fail('said what is no request');
    for (const frame of frames) take(frame);
  }

  function take({ body, id, token }: RequestFrame): void {
    const peer = parts.ofToken(token);
    kernel.close(token);
    const refuse = (code: 'ACCESS_DENIED' | 'MALFORMED_REQUEST', problem: string): void =>
      answer(id, encodeSubmitFailure({ status: 'error', code, message: `${problem}. ${submitErrorFacts[code].remedy}` }));
    if (peer === null) return refuse('ACCESS_DENIED', 'the token of the caller cannot be read');
    const request = parseJsonLine(body, 0, body.length);
    if (request instanceof JsonFault) return refuse('MALFORMED_REQUEST', `the request ${request.message}`);
    parts.request(askerOf(id, peer), request);
  }

  /** It is told the id of its job, or why there is none, and nothing else. */
  const askerOf = (id: number, peer: One): Asker<One> => ({
    peer,
    isHeard: true,
    look: () => undefined,
    stream: (first) => answer(id, first),
    send: () => true,
    finish: () => undefined,
    conclude: () => undefined,
  });

  function answer(id: number, text: string): void {
    unsent.push(answerFrame(id, text));
    flush();
  }

  function flush(): void {
    while (opened !== null) {
      const [next] = unsent;
      if (next === undefined) break;
      const wrote = kernel.write(opened.fd, next, 0, next.length);
      if (wrote === -errno.EINTR) continue;
      if (wrote === -errno.EAGAIN) break;
      if (wrote < 0) return fail(`cannot be written: ${describeErrno(wrote)}`);
      if (wrote === next.length) unsent.shift();
      else unsent[0] = next.subarray(wrote);
    }
    opened?.watch.update({ read: true, write: unsent.length > 0 });
  }

  return {
    open() {
      const fd = kernel.open(path, flags);
      if (fd < 0) {
        const tell = fd === -errno.ENOENT ? parts.note : warn;
        return tell(`${path} cannot be opened: ${describeErrno(fd)}; jobs come over the socket alone`);
      }
      const reader = new FrameReader(parts.limit());
      const piece = Buffer.alloc(pieceBytes);
      try {
        const watch = loop.watch(fd, { read: true }, 'control', (ready) => {
          if (ready.readable || ready.closed) read(fd, reader, piece);
          if (ready.writable) flush();
        });
        opened = { fd, watch };
      } catch (error) {
        kernel.close(fd);
        warn(`${path} cannot be waited for: ${String(error)}; jobs come over the socket alone`);
      }
    },
    close,
  };
}
