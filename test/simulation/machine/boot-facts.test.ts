/** What a boot takes no notice of, and what it tells of itself. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readSeed } from '../../../src/seed/read-seed.ts';
import { only } from '../../support/lists.ts';
import type { Scene, SceneOptions } from '../../support/simulated-peinit.ts';
import { createScene, expectSound, programs, service, withServices } from '../../support/simulated-peinit.ts';

const boot = { Triggers: ['boot'] };

function booted(options: SceneOptions = {}, prepare: (scene: Scene) => void = () => undefined): Scene {
  const scene = createScene({ shells: ['/bin/sh'], recorded: true, ...options });
  for (const path of ['/bin/web', '/bin/late']) scene.program(path, programs.idle);
  prepare(scene);
  return scene;
}

t.test('BOOT-002 KEY-009 what stands below RootStorage changes nothing: not a call, not a line, neither at boot nor later', async (t) => {
  const storage = 'Machine\\System\\Boot\\RootStorage';
  const tree = withServices({ web: service('/bin/web', boot) });
  const run = (more: SceneOptions['tree']): { readonly calls: readonly string[]; readonly console: string; readonly scene: Scene } => {
    const scene = booted({ tree: { ...tree, ...more } });
    scene.boot();
    scene.run(1000);
    return { calls: scene.calls.filter((call) => !/^(?:read|write|monotonicNs|realtimeNs)/.test(call)), console: scene.console, scene };
  };
  const plain = run({});
  const other = run({ [storage]: { Device: '/dev/none', Type: 7 }, [`${storage}\\Lower`]: { MaxParallelStarts: 'no number' } });
  t.strictSame(other.calls, plain.calls);
  t.equal(other.console, plain.console);
  const before = [other.console, other.scene.started.length];
  other.scene.registryd.set(storage, { Device: '/dev/other' });
  t.strictSame(only(other.scene.ask({ command: 'reload-config' }), 'status', 'warnings'), { status: 'ok', warnings: [] });
  t.strictSame([other.scene.console, other.scene.started.length], before);
  expectSound(t, other.scene);
});

t.test('BOOT-046 a boot is in one of three modes, and the console says which where it is not the usual one', async (t) => {
  const modes = (['', 'peios.safemode=1', 'peios.recovery=1'] as const).map((cmdline) => {
    const scene = booted({ cmdline, tree: withServices({ web: service('/bin/web', boot) }) });
    if (cmdline === 'peios.recovery=1') {
      scene.start();
      scene.shows(/recovery mode/);
    } else scene.boot();
    const { mode } = scene.ask({ command: 'machine-status' });
    return [mode, /recovery mode/.test(scene.console), /Safe mode/.test(scene.console), scene.started.includes('/bin/web')];
  });
  t.strictSame(modes, [
    ['full', false, false, true],
    ['safe', false, true, false],
    ['recovery', true, false, false],
  ]);
});

t.test('BOOT-077 the id of the machine plays no part in what somebody may do', async (t) => {
  const answers = ['0'.repeat(32), 'f'.repeat(32)].map((id) => {
    const scene = booted({ tree: withServices({ web: service('/bin/web', boot) }) }, ({ files }) => {
      files.mkdir('/etc', 0o755);
      files.writeFile('/etc/machine-id', `${id}\n`);
    });
    scene.boot();
    t.equal(new TextDecoder().decode(scene.files.readFile('/etc/machine-id', 100) as Uint8Array), `${id}\n`);
    return [0, 1000, 65534].map((uid) =>
      ['status', 'stop', 'start'].map((command) => {
        const client = uid === 0 ? scene.client() : scene.client({ pid: 77, uid, gid: uid, groups: [] });
        const { status, code } = client.ask({ command, service: 'web' });
        client.close();
        return `${uid} ${command} ${status} ${code ?? ''}`.trim();
      }),
    );
  });
  t.strictSame(answers[0], answers[1]);
  t.strictSame(
    answers[0]?.map(([, stop]) => stop),
    ['0 stop ok', '1000 stop error ACCESS_DENIED', '65534 stop error ACCESS_DENIED'],
  );
});

t.test('BOOT-004 the daemons that the machine brings run as SYSTEM', async (t) => {
  const file = join(import.meta.dirname, '../../../src/hosted/registryd/base.yaml');
  const seeds = await readSeed('base.yaml', readFileSync(file, 'utf8'));
  const tree = Object.fromEntries(
    seeds.map(({ path, values }) => [path.join('\\'), Object.fromEntries(values.map(({ name, data }) => [name, data]))]),
  );
  const scene = booted({ tree: tree as NonNullable<SceneOptions['tree']> }, (each) => {
    for (const path of ['/usr/sbin/authd', '/usr/sbin/eventd']) each.program(path, programs.notifies(10));
  });
  scene.boot();
  const identities = ['registryd', 'authd', 'eventd'].map((name) => {
    const { state, current_job: job } = scene.ask({ command: 'status', service: name }) as {
      state: string;
      current_job: { identity: string };
    };
    return [name, state, job.identity];
  });
  t.strictSame(
    identities,
    ['registryd', 'authd', 'eventd'].map((name) => [name, 'active', 'SYSTEM']),
  );
});
