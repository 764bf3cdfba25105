/** What an attack is, and what it works with. An attack runs in a process of its own inside the machine (attacker.ts). */
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { controlSocketPath } from '../../../clients/typescript/transport.ts';
import type { Registry } from '../../support/services.ts';

/** `ordinary user` is uid 1001, without any right. */
export type Attacker = 'ordinary user' | 'root';

/** One row of the table in docs/attacks.md. */
export interface Attack {
  /** What is done, in words. */
  readonly what: string;
  readonly who: Attacker;
  /** What the machine has beside the healthy services; services without a trigger are for the attack to start. */
  readonly registry?: Registry;
  /** It is nothing where there are no cgroups. */
  readonly needsCgroups?: true;
  /** Does it, in bounded count and time: a few seconds at most, for a machine of a test lives for twenty. */
  run(): Promise<void>;
}

/** How long an attack goes on that could go on for ever. */
export const attackMs = 3_000;

/** Calls `step` again and again until the attack has gone on for long enough. */
export async function goOn(step: () => Promise<void>): Promise<void> {
  const end = performance.now() + attackMs;
  while (performance.now() < end) await step();
}

/** A connection that minds nothing; null: it was not made. */
export function open(path: string = controlSocketPath): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(null));
    socket.on('error', () => socket.destroy());
  });
}

/** So many connections at once, those that were made. */
export async function openMany(count: number): Promise<readonly Socket[]> {
  const sockets = await Promise.all(Array.from({ length: count }, () => open()));
  return sockets.filter((socket) => socket !== null);
}

/** Requests as bytes, one a line. */
export const lines = (request: object, count = 1): Buffer => Buffer.from(`${JSON.stringify(request)}\n`.repeat(count));

/** Writes as much as the kernel takes at once, leaves at once, and reads nothing. */
export async function hitAndRun(bytes: Buffer): Promise<void> {
  const socket = await open();
  if (socket === null) return;
  socket.pause();
  socket.write(bytes);
  await pause(1);
  socket.destroy();
}

/** Asks for one thing over a connection of its own, and waits for the answer. */
export async function ask(request: object): Promise<void> {
  const socket = await open();
  if (socket === null) throw new Error('the control socket takes no connection');
  socket.write(lines(request));
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
}
