import { lstatSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { makeDirectories } from './directories.ts';
import { messageOf } from './problem.ts';

export interface KeptSocketOptions {
  readonly path: string;
  /** Makes the socket anew. */
  listen(): Promise<void>;
  /** Tells whoever reads the log. */
  warn(text: string): void;
}

/** Whoever removes a socket again and again keeps nobody busy. */
const pauseMs = 1_000;

/** Makes a socket again that somebody removed, alone or with its directory. To be called when it is there. Returns what ends that. */
export function keepSocket({ path, listen, warn }: KeptSocketOptions): () => void {
  /** The end of the directory itself is told under its own name. */
  const ours = [basename(path), basename(dirname(path))];
  let inode = inodeOf(path);
  let watcher: ReturnType<typeof watch> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let restsUntil = 0;
  let told = '';
  let ended = false;

  function lookLater(ms: number): void {
    if (ended) return;
    timer ??= setTimeout(look, ms).unref();
  }

  function watchAnew(): void {
    watcher?.close();
    makeSocketDirectory(dirname(path));
    watcher = watch(dirname(path), { persistent: false }, (event, name) => {
      // What others do in that directory is none of our business.
      if (event === 'rename' && (name === null || ours.includes(name))) lookLater(Math.max(0, restsUntil - performance.now()));
    });
    watcher.on('error', () => lookLater(pauseMs));
  }

  async function look(): Promise<void> {
    timer = null;
    try {
      watchAnew();
      if (inodeOf(path) === inode) return;
      restsUntil = performance.now() + pauseMs;
      await listen();
      inode = inodeOf(path);
      told = '';
      warn(`the socket ${path} had vanished and is bound again`);
    } catch (error) {
      const failure = messageOf(error);
      if (told !== failure) warn(`the socket ${path} has vanished and cannot be bound again: ${failure}; tried again every second`);
      told = failure;
      lookLater(pauseMs);
    }
  }

  void look();
  return () => {
    ended = true;
    if (timer !== null) clearTimeout(timer);
    watcher?.close();
  };
}

/** Null: nothing lies there. */
function inodeOf(path: string): bigint | null {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}

/** Others will reach the socket's directory; the mask of this process is for what it writes. */
export function makeSocketDirectory(path: string): void {
  const mask = process.umask(0o022);
  try {
    makeDirectories(path);
  } finally {
    process.umask(mask);
  }
}
