import t from 'tap';
import { createMachineZone } from '../../../src/boot/machine-zone.ts';
import { createLocalPaths } from '../../../src/exec/local-paths.ts';
import { directoryNode, fileNode } from '../../../src/linux/simulated/file-tree.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';

function createScene() {
  const { kernel, tree } = createSimulatedKernel({ seed: 3, faults: [], disturbance: calm });
  const said: string[] = [];
  const zone = createMachineZone({ kernel, localPaths: createLocalPaths(kernel), warn: (text) => void said.push(text) });
  const localtime = (target: string): void => void tree.links.set('/etc/localtime', target);
  const timezone = (text: string): void => tree.place('/etc/timezone', fileNode(text, 0o644));
  const mount = (type: string): void => void tree.mounts.push({ source: 'x', target: '/etc', type, flags: 0, root: directoryNode(0o755) });
  return { zone, said, tree, localtime, timezone, mount };
}

/** How a warning ends. */
const then = '; timers go by UTC; link /etc/localtime to a file below /usr/share/zoneinfo, then peiosctl reload-config';
const begin = 'the time zone of the machine is not known: ';

t.test('TMR-008 the zone of the machine is the one that /etc/localtime points to, in whatever directory that is', async (t) => {
  const { zone, said, localtime, timezone } = createScene();
  timezone('Asia/Tokyo\n');
  const found = [
    '/usr/share/zoneinfo/Europe/London',
    '../usr/share/zoneinfo/UTC',
    'zoneinfo/America/Argentina/Ushuaia',
    '/usr/share/zoneinfo/posix/US/Eastern',
    '/etc/zoneinfo/right/Europe/Berlin',
    '/a/zoneinfo/b/zoneinfo/europe/paris',
  ].map((target) => {
    localtime(target);
    return zone.read();
  });
  t.strictSame(found, ['Europe/London', 'UTC', 'America/Argentina/Ushuaia', 'US/Eastern', 'Europe/Berlin', 'Europe/Paris']);
  t.strictSame([said, zone.warnings()], [[], []]);
});

t.test('TMR-008 where that is no link /etc/timezone says it, and a machine that says nothing has UTC', async (t) => {
  const { zone, said, tree, timezone } = createScene();
  t.equal(zone.read(), 'UTC');
  timezone('# of the machine\n\n  Asia/Tokyo \nEurope/Rome\n');
  t.equal(zone.read(), 'Asia/Tokyo');
  tree.place('/etc/localtime', fileNode('TZif', 0o644));
  t.equal(zone.read(), 'Asia/Tokyo');
  t.strictSame([said, zone.warnings()], [[], []]);
});

t.test('TMR-008 a zone that is not known is UTC, told when that is new, and as long as it is so in status', async (t) => {
  const { zone, said, localtime } = createScene();
  localtime('/usr/share/zoneinfo/Mars/Base');
  t.strictSame([zone.read(), zone.read()], ['UTC', 'UTC']);
  const mars = `${begin}/etc/localtime points to /usr/share/zoneinfo/Mars/Base, which is no time zone that is known${then}`;
  t.strictSame([said.splice(0), zone.warnings()], [[mars], [mars]]);
  localtime('/usr/share/zoneinfo/Europe/Rome');
  t.strictSame([zone.read(), said, zone.warnings()], ['Europe/Rome', [], []]);
  localtime('/usr/share/zoneinfo/Mars/Base');
  t.strictSame([zone.read(), said], ['UTC', [mars]]);
});

t.test('TMR-008 what says no zone is told by what it is', async (t) => {
  function told(prepare: (scene: ReturnType<typeof createScene>) => void): string {
    const scene = createScene();
    prepare(scene);
    t.equal(scene.zone.read(), 'UTC');
    t.equal(scene.said.length, 1);
    return (scene.said[0] ?? '').slice(begin.length, -then.length);
  }
  const localFile = ({ tree }: ReturnType<typeof createScene>): void => tree.place('/etc/localtime', fileNode('TZif', 0o644));
  t.strictSame(
    [
      told(({ localtime }) => localtime('/etc/adjtime')),
      told(localFile),
      told(({ timezone }) => timezone('\n')),
      told(({ tree }) => void tree.links.set('/etc/timezone', '/mnt/nas/timezone')),
      told(({ tree }) => tree.place('/etc/timezone', directoryNode(0o755))),
      told(({ mount }) => mount('nfs')),
    ],
    [
      '/etc/localtime points to /etc/adjtime, which is no time zone that is known',
      '/etc/localtime is no link',
      '/etc/timezone says "", which is no time zone that is known',
      '/etc/timezone is a link, which is not followed',
      '/etc/timezone cannot be read: EISDIR (illegal operation on a directory)',
      '/etc/localtime lies on a mount that may hang and is not read',
    ],
  );
});
