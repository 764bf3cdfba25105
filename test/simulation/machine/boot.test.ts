import t from 'tap';
import { createScene, expectSound, programs, service, withServices } from './scene.ts';

t.test('smoke', async (t) => {
  const scene = createScene({ recorded: true, tree: withServices({ web: service('/bin/web', { Triggers: ['boot'] }) }) });
  scene.program('/bin/web', programs.idle);
  scene.boot();
  t.comment(scene.console);
  t.comment(scene.calls.join('\n'));
  t.match(scene.ask({ command: 'list' }), {});
  scene.ask({ command: 'shutdown', type: 'poweroff' });
  scene.until('over', () => scene.over);
  t.comment(scene.console);
  expectSound(t, scene);
});
