/** A real authd as a process of its own, beside a real registryd, on sockets and files of users in a temporary directory. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { encodeTokenRequest } from '../../../gen/authority/encode.ts';
import type { AuthorityError } from '../../../gen/authority/types.ts';
import type { TokenSpec } from '../../../src/security/token-spec.ts';
import { decodeTokenSpec } from '../../../src/security/token-spec.ts';
import { until } from '../../support/wait.ts';
import type { Ended } from '../registryd/daemon.ts';
import { kernel } from '../registryd/daemon.ts';

const project = join(import.meta.dirname, '../../..');
/** The program as it is shipped, which bin/build-runtime has built. */
const program = join(project, 'build/runtime/authd.mjs');
const { EAGAIN } = constants.errno;

/** One answer: a token, or why there is none. */
export type Answer =
  | { readonly status: 'ok'; readonly name?: string; readonly home: string; readonly shell: string; readonly spec: TokenSpec }
  | { readonly status: 'error'; readonly code: AuthorityError; readonly message: string };

export interface Peer {
  readonly fd: number;
  send(text: string): void;
  ask(...requests: readonly (readonly [identity: string, service?: string])[]): void;
  /** The next answers, in their order; fewer where the connection ends before. */
  answers(count: number): Promise<readonly Answer[]>;
  /** Whether the other end has closed. */
  isOver(): boolean;
  close(): void;
}

export interface Authority {
  readonly pid: number;
  readonly socket: string;
  readonly etc: string;
  readonly ended: Promise<Ended>;
  stderr(): string;
  /** What it told of itself. */
  said(): readonly string[];
  connect(): Peer;
  /** One question, one answer. */
  ask(identity: string, service?: string): Promise<Answer>;
  signal(signal: NodeJS.Signals): void;
}

export function writeUsers(directory: string, passwd: string, group: string): string {
  const etc = join(directory, 'etc');
  mkdirSync(etc, { recursive: true });
  writeFileSync(join(etc, 'passwd'), passwd);
  writeFileSync(join(etc, 'group'), group);
  return etc;
}

export const readUsers = (etc: string): { passwd: string; group: string } => ({
  passwd: readFileSync(join(etc, 'passwd'), 'utf8'),
  group: readFileSync(join(etc, 'group'), 'utf8'),
});

/** Starts beside the registryd whose directory it is, and waits for READY=1. */
export async function startAuthority(t: Test, directory: string): Promise<Authority> {
  const [socket, notifyPath, etc] = ['authd.sock', 'authd-notify.sock', 'etc'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  if (!existsSync(etc)) writeUsers(directory, 'root:x:0:0:root:/root:/bin/sh\n', 'root:x:0:\n');
  rmSync(notifyPath, { force: true });
  const notify = kernel.bindDatagram(notifyPath, 0o600, 65536);
  if (notify < 0) throw new Error(`notify socket: ${notify}`);
  const words = ['--socket', socket, '--registry-socket', join(directory, 'registry.sock'), '--etc', etc];
  const child = spawn(process.execPath, [program, ...words], { env: { NOTIFY_SOCKET: notifyPath }, stdio: ['ignore', 'inherit', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  let over: Ended | null = null;
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      over = { code, signal };
      resolve(over);
    });
  });
  const peers: Peer[] = [];
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
    for (const peer of peers) peer.close();
    kernel.close(notify);
  });
  const told: string[] = [];
  const said = (): readonly string[] => {
    for (;;) {
      const datagram = kernel.receiveDatagram(notify);
      if (typeof datagram === 'number') return told;
      told.push(Buffer.from(datagram.data).toString().trimEnd());
    }
  };
  await until('READY=1 of authd', () => {
    if (over !== null) throw new Error(`authd ended with ${JSON.stringify(over)}: ${errors}`);
    return said().includes('READY=1');
  });
  const connect = (): Peer => {
    const peer = createPeer(socket);
    peers.push(peer);
    return peer;
  };
  return {
    pid: child.pid ?? 0,
    socket,
    etc,
    ended,
    stderr: () => errors,
    said,
    connect,
    async ask(identity, service) {
      const peer = connect();
      peer.ask(service === undefined ? [identity] : [identity, service]);
      const [answer] = await peer.answers(1);
      peer.close();
      if (answer === undefined) throw new Error(`no answer for ${identity}: ${errors}`);
      return answer;
    },
    signal: (signal) => void child.kill(signal),
  };
}

function createPeer(socket: string): Peer {
  const fd = kernel.connectStream(socket);
  if (fd < 0) throw new Error(`connecting to ${socket}: ${fd}`);
  let isOpen = true;
  let isOver = false;
  let text = '';
  const descriptors: number[] = [];
  const into = new Uint8Array(65536);
  function take(): void {
    while (!isOver) {
      const received = kernel.receiveWithDescriptors(fd, into);
      if (typeof received === 'number' && received === -EAGAIN) return;
      if (typeof received === 'number' || received.bytes === 0) {
        isOver = true;
        return;
      }
      text += Buffer.from(into.subarray(0, received.bytes)).toString();
      descriptors.push(...received.descriptors);
    }
  }
  function next(): Answer | null {
    const end = text.indexOf('\n');
    if (end < 0) return null;
    const answer = JSON.parse(text.slice(0, end));
    text = text.slice(end + 1);
    if (answer.status !== 'ok') return answer;
    const token = descriptors.shift();
    if (token === undefined) throw new Error('a good answer without a descriptor');
    const content = kernel.readSealed(token, 65536);
    kernel.close(token);
    if (typeof content === 'number') throw new Error(`the token cannot be read: ${content}`);
    const spec = decodeTokenSpec(content);
    if ('malformed' in spec) throw new Error(spec.malformed);
    return { ...answer, spec };
  }
  return {
    fd,
    send: (words) => void kernel.sendWithDescriptors(fd, Buffer.from(words), []),
    ask(...requests) {
      const lines = requests.map(([identity, service]) => encodeTokenRequest(service === undefined ? { identity } : { identity, service }));
      kernel.sendWithDescriptors(fd, Buffer.from(`${lines.join('\n')}\n`), []);
    },
    async answers(count) {
      const found: Answer[] = [];
      await until(`${count} answers`, () => {
        take();
        for (let answer = next(); answer !== null && found.length < count; answer = found.length < count ? next() : null)
          found.push(answer);
        return found.length >= count || (isOver && !text.includes('\n'));
      });
      if (isOver && text === '' && descriptors.length > 0) throw new Error('descriptors without answers');
      return found;
    },
    isOver() {
      take();
      return isOver;
    },
    close() {
      if (isOpen) kernel.close(fd);
      for (const token of descriptors.splice(0)) kernel.close(token);
      isOpen = false;
    },
  };
}

/** The token of a good answer. */
export function token(answer: Answer | undefined): TokenSpec {
  if (answer?.status !== 'ok') throw new Error(`no token: ${JSON.stringify(answer)}`);
  return answer.spec;
}
