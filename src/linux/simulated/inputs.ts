/** Event devices of people's keys, which a test presses, and directories in which they appear. */
import { errno } from '../../kernel/errno.ts';
import type { Inputs, Result } from '../../kernel/kernel.ts';
import { pollBits } from '../dispatcher.ts';
import type { FileTree, TreeNode } from './file-tree.ts';
import { directoryNode, fileNode } from './file-tree.ts';
import type { OpenFile, World } from './world.ts';
import { openFile } from './world.ts';

export interface InputDevice {
  /** Puts a record into the queues of those that have it open. */
  event(type: number, code: number, value: number): void;
  /** From now on reading it ends in that errno. */
  fail(error: number): void;
  /** Descriptions of it that are open. */
  readonly readers: number;
}

/** Whether opening a device comes to an end. */
export type Driver = 'answers' | 'hangs';

export interface SimulatedInputs {
  readonly calls: Inputs;
  /** Adds /dev/input/NAME, and the directory, and tells whoever watches. */
  add(name: string, hasPowerKey: boolean, driver?: Driver): InputDevice;
  /** Takes the directory away with all in it. */
  removeAll(): void;
}

const directory = '/dev/input';
const recordBytes = 24;

export function createInputs(world: World, tree: FileTree): SimulatedInputs {
  const devices = new Map<string, { readonly hasPowerKey: boolean; readonly driver: Driver; readonly open: () => OpenFile }>();
  const watchers = new Map<TreeNode, Set<{ readonly tell: () => void }>>();

  function appearedIn(path: string): void {
    const node = tree.lookup(path);
    if (typeof node !== 'number') for (const watcher of watchers.get(node) ?? []) watcher.tell();
  }

  function watchAppearing(path: string): Result {
    const node = tree.lookup(path);
    if (typeof node === 'number') return node;
    if (node.kind !== 'directory') return -errno.ENOTDIR;
    let pending = false;
    const file = openFile('appearing', {
      ready: () => (pending ? pollBits.in : 0),
      read(into) {
        if (!pending) return -errno.EAGAIN;
        pending = false;
        return Math.min(into.length, 16);
      },
      released: () => void own.delete(watcher),
    });
    const watcher = {
      tell() {
        pending = true;
        world.touch(file);
      },
    };
    const own = watchers.get(node) ?? new Set();
    watchers.set(node, own.add(watcher));
    return world.install(file);
  }

  function createDevice(): { readonly device: InputDevice; readonly open: () => OpenFile } {
    const queues = new Map<OpenFile, Uint8Array[]>();
    let failure = 0;
    const touchAll = (): void => {
      for (const file of queues.keys()) world.touch(file);
    };
    return {
      device: {
        event(type, code, value) {
          const record = new DataView(new ArrayBuffer(recordBytes));
          record.setUint16(16, type, true);
          record.setUint16(18, code, true);
          record.setInt32(20, value, true);
          for (const queue of queues.values()) queue.push(new Uint8Array(record.buffer));
          touchAll();
        },
        fail(error) {
          failure = error;
          touchAll();
        },
        get readers() {
          return queues.size;
        },
      },
      open() {
        const queue: Uint8Array[] = [];
        const file = openFile('input', {
          ready: () => (failure > 0 ? pollBits.in | pollBits.err | pollBits.hup : queue.length > 0 ? pollBits.in : 0),
          read(into) {
            if (failure > 0) return -failure;
            if (queue.length === 0) return -errno.EAGAIN;
            const taken = queue.splice(0, Math.floor(into.length / recordBytes));
            into.set(Buffer.concat(taken));
            return taken.length * recordBytes;
          },
          released: () => void queues.delete(file),
        });
        queues.set(file, queue);
        return file;
      },
    };
  }

  function openNow(path: string): Result {
    const node = tree.lookup(path);
    if (typeof node === 'number') return node;
    const known = devices.get(path);
    return known === undefined || !known.hasPowerKey ? -errno.ENODEV : world.install(known.open());
  }

  return {
    calls: {
      watchAppearing,
      openPowerKey(path) {
        let result: Result | null = null;
        const report = openFile('pipe-read', {
          ready: () => (result === null ? 0 : pollBits.in),
          read(into) {
            if (result === null) return -errno.EAGAIN;
            new DataView(into.buffer, into.byteOffset).setInt32(0, result, true);
            return 4;
          },
        });
        if (devices.get(path)?.driver !== 'hangs')
          world.schedule(world.delay(), () => {
            result = openNow(path);
            world.touch(report);
          });
        return world.install(report);
      },
    },
    add(name, hasPowerKey, driver = 'answers') {
      const { device, open } = createDevice();
      const path = `${directory}/${name}`;
      if (typeof tree.lookup(directory) === 'number') {
        tree.place(directory, directoryNode(0o755));
        appearedIn('/dev');
      }
      tree.place(path, fileNode('', 0o660));
      devices.set(path, { hasPowerKey, driver, open });
      appearedIn(directory);
      return device;
    },
    removeAll() {
      const parent = tree.parent(directory);
      appearedIn(directory);
      if (typeof parent !== 'number') parent.directory.entries.delete(parent.name);
      devices.clear();
    },
  };
}
