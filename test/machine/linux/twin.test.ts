/** The simulated twin obeys the conventions of the real kernel: the same calls on both come to the same results. */
import { constants } from 'node:fs';
import type { Test } from 'tap';
import t from 'tap';
import type { Kernel, SpawnRequest } from '../../../src/kernel/kernel.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';
import { makeCgroup, makeDirectory, kernel as real, shell } from './support.ts';

interface Place {
  readonly kernel: Kernel;
  /** An empty directory. */
  readonly directory: string;
  /** An empty cgroup and its descriptor. */
  readonly cgroup: { readonly path: string; readonly fd: number };
  /** Lets everything under way arrive. */
  settle(): void;
}

/** Runs a scenario in both worlds and compares what it returned. */
function inBoth(title: string, scenario: (place: Place) => unknown): void {
  t.test(title, async (t: Test) => {
    const expected = scenario({ kernel: real, directory: makeDirectory(t), cgroup: makeCgroup(t), settle: () => {} });
    const { kernel, world, processes } = createSimulatedKernel({ seed: 1, faults: [], disturbance: calm });
    const loop = createSimulatedLoop(world, (error) => t.error(error as Error));
    for (const directory of ['/tmp', '/tmp/x', '/sys/fs/cgroup/x']) kernel.mkdir(directory, 0o755);
    processes.program('/bin/sh', (process) => process.exit(0));
    const fd = kernel.open('/sys/fs/cgroup/x', constants.O_RDONLY | constants.O_DIRECTORY);
    const simulated = scenario({ kernel, directory: '/tmp/x', cgroup: { path: '/sys/fs/cgroup/x', fd }, settle: () => loop.runFor(50) });
    t.same(simulated, expected);
    t.same(world.violations, []);
  });
}

const text = (content: Uint8Array | number): string | number => (typeof content === 'number' ? content : Buffer.from(content).toString());
const sign = (result: number): number => Math.min(result, 0);

inBoth('files and directories', ({ kernel, directory }) => {
  const file = `${directory}/f`;
  return [
    kernel.mkdir(directory, 0o755),
    kernel.mkdir(`${directory}/a/b`, 0o755),
    kernel.writeFile(file, 'one'),
    kernel.writeFile(file, 'two', { append: true }),
    kernel.writeFile(file, 'x', { exclusive: true }),
    kernel.writeFile(`${directory}/g`, 'x', { create: false }),
    kernel.writeFile(directory, 'x', { create: false }),
    kernel.replaceFile(`${directory}/r`, 'r', 0o600),
    text(kernel.readFile(file, 100)),
    text(kernel.readFile(file, 2)),
    text(kernel.readFile(directory, 2)),
    text(kernel.readFile(`${file}/below`, 2)),
    kernel.rmdir(directory),
    kernel.rmdir(file),
    kernel.unlink(directory),
    kernel.unlink(`${directory}/nothing`),
    kernel.executable(file),
    kernel.chmod(file, 0o755),
    kernel.executable(file),
    kernel.executable(`${directory}/nothing`),
    [...(kernel.readDirectory(directory) as readonly string[])].sort(),
    kernel.readDirectory(file),
    kernel.open(`${directory}/nothing`, constants.O_RDONLY),
    kernel.open(file, constants.O_RDONLY | constants.O_DIRECTORY),
  ];
});

inBoth('cgroup files and directories', ({ kernel, cgroup }) => [
  text(kernel.readFile(`${cgroup.path}/cgroup.events`, 100)),
  text(kernel.readFile(`${cgroup.path}/cgroup.procs`, 100)),
  kernel.writeFile(`${cgroup.path}/cgroup.kill`, '1', { create: false }),
  kernel.writeFile(`${cgroup.path}/cgroup.kill`, '2', { create: false }),
  kernel.mkdir(`${cgroup.path}/main`, 0o755),
  kernel.mkdir(`${cgroup.path}/main`, 0o755),
  kernel.rmdir(cgroup.path),
  kernel.rmdir(`${cgroup.path}/main`),
  kernel.rmdir(`${cgroup.path}/main`),
]);

inBoth('pipes', ({ kernel, settle }) => {
  const [readEnd, writeEnd] = kernel.pipe({ nonblockingRead: true, capacity: 4096 }) as readonly [number, number];
  const buffer = new Uint8Array(10);
  const empty = kernel.read(readEnd, buffer);
  const written = kernel.write(writeEnd, Buffer.from('abcdef'), 1, 3);
  settle();
  const first = [kernel.read(readEnd, buffer), text(buffer.subarray(0, 3)), kernel.read(readEnd, buffer)];
  kernel.close(writeEnd);
  settle();
  return [empty, written, first, kernel.read(readEnd, buffer), kernel.close(readEnd)];
});

inBoth('which descriptors are the same open file description', ({ kernel, directory, settle }) => {
  const path = `${directory}/n`;
  const fd = kernel.bindDatagram(path, 0o666, 65536);
  const held = kernel.open(directory, constants.O_RDONLY);
  const again = kernel.open(directory, constants.O_RDONLY);
  kernel.sendDatagram(path, Buffer.from('x'), [held]);
  settle();
  const got = kernel.receiveDatagram(fd);
  const [sent = -1] = typeof got === 'number' ? [] : got.descriptors;
  // Which of two is the greater one is the kernel's own affair, but it says so from either side.
  const sides = kernel.compareDescriptions(sent, again) + kernel.compareDescriptions(again, sent);
  const same = [held, sent].map((other) => kernel.compareDescriptions(sent, other));
  return [same, sides === 3 || sides === 6, kernel.compareDescriptions(sent, 900), kernel.compareDescriptions(900, held)];
});

inBoth('stream sockets', ({ kernel, directory, settle }) => {
  const path = `${directory}/s`;
  const nothing = kernel.connectStream(path);
  const listener = kernel.listenStream(path, 0o666, 5);
  const nobody = kernel.accept(listener);
  kernel.writeFile(`${directory}/plain`, '');
  const occupied = kernel.listenStream(`${directory}/plain`, 0o666, 5);
  kernel.close(listener);
  settle();
  return [nothing, sign(listener), nobody, occupied, kernel.connectStream(path), kernel.accept(30_000), kernel.peerCredentials(30_000)];
});

inBoth('writing without waiting', ({ kernel }) => {
  const pipe = kernel.pipe({ nonblockingRead: true, capacity: 4096 });
  if (typeof pipe === 'number') return pipe;
  const [read, write] = pipe;
  const all = new Uint8Array(10_000);
  const results = [kernel.writeNow(write, all, 0, all.length), kernel.writeNow(write, all, 0, all.length)];
  kernel.close(read);
  return [...results, kernel.writeNow(write, all, 0, 1), kernel.writeNow(900, all, 0, 1)];
});

inBoth('datagrams', ({ kernel, directory, settle }) => {
  const path = `${directory}/n`;
  const fd = kernel.bindDatagram(path, 0o666, 65536);
  const held = kernel.open(directory, constants.O_RDONLY);
  const empty = kernel.receiveDatagram(fd);
  const sent = [kernel.sendDatagram(path, Buffer.from('x'), [held]), kernel.sendDatagram(`${path}.none`, Buffer.from('x'))];
  settle();
  const got = kernel.receiveDatagram(fd);
  const seen = typeof got === 'number' ? got : [text(got.data), got.truncated, got.descriptors.length];
  kernel.close(fd);
  return [empty, sent, seen, kernel.sendDatagram(path, Buffer.from('x'))];
});

inBoth('failing spawns', ({ kernel, cgroup, directory }) => {
  const request = (overrides: Partial<SpawnRequest>): SpawnRequest => shell('', cgroup, overrides);
  const plain = kernel.open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  kernel.mkdir(`${cgroup.path}/gone`, 0o755);
  const gone = kernel.open(`${cgroup.path}/gone`, constants.O_RDONLY | constants.O_DIRECTORY);
  kernel.rmdir(`${cgroup.path}/gone`);
  return [
    kernel.spawn(request({ path: '/nonexistent' })),
    kernel.spawn(request({ workingDirectory: '/nonexistent' })),
    kernel.spawn(request({ stored: [900] })),
    kernel.spawn(request({ stdout: 900 })),
    kernel.spawn(request({ stdout: 900, stored: [plain] })),
    kernel.spawn(request({ argv: ['a\0'] })),
    kernel.spawn(request({ cgroup: plain })),
    kernel.spawn(request({ cgroup: gone })),
    kernel.spawn(request({ cgroup: 900 })),
    kernel.signal(plain, 15),
    kernel.signal(900, 15),
  ];
});

inBoth('mounts that cannot be', ({ kernel, directory }) => [
  kernel.mount('none', `${directory}/nothing`, 'tmpfs', 0, null),
  kernel.mount('none', directory, 'nosuchfs', 0, null),
  kernel.mount('/nonexistent', directory, '', 4096, null),
  kernel.umount(directory, 0),
]);
