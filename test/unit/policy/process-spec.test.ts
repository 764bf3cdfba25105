import t from 'tap';
import { processSpec } from '../../../src/policy/process-spec.ts';
import { define } from '../../support/policy-rig.ts';

const unwatched = { watchdogUsec: null, mainPid: null };

const web = define('web', {
  environment: ['A=1'],
  workingDirectory: '/srv',
  runtimeDirectories: ['web'],
  limitNofile: 100,
  limitCore: 0,
  fdStoreKeep: true,
  errorControl: 'Critical',
});

t.test('EXEC-037 DEF-059 only the main process notifies, takes what is stored, and has directories; limits are those of all', async (t) => {
  const common = { environment: ['A=1'], globalVariables: true, limits: { nofile: 100, core: 0 }, critical: true, keepsStored: false };
  t.strictSame(processSpec('web', 'service_main', web, { watchdogUsec: 5n, mainPid: 70 }), {
    ...common,
    workingDirectory: '/srv',
    runtimeDirectories: ['web'],
    notifies: true,
    takesStored: true,
    keepsStored: true,
    watchdogUsec: 5n,
    mainPid: null,
  });
  for (const [type, mainPid] of [
    ['pre_exec_hook', null],
    ['post_exec_hook', 70],
    ['reload_hook', 70],
    ['health_check', null],
  ] as const) {
    const none = { runtimeDirectories: [], notifies: false, takesStored: false, keepsStored: false, watchdogUsec: null };
    const spec = processSpec('web', type, web, { watchdogUsec: null, mainPid: 70 });
    t.strictSame(spec, { ...common, workingDirectory: '/', ...none, mainPid }, type);
  }
});

t.test('EXEC-022 EXEC-021 what a definition leaves out stays as peinit was started', async (t) => {
  const { limits, critical } = processSpec('bare', 'service_main', define('bare'), unwatched);
  t.strictSame({ limits, critical }, { limits: { nofile: null, core: null }, critical: false });
});

t.test('EXEC-023 global variables reach every service but the platform daemons', async (t) => {
  const reached = ['web', 'registryd', 'authd', 'eventd', 'lpsd', 'authd2'].filter(
    (key) => processSpec(key, 'service_main', web, unwatched).globalVariables,
  );
  t.strictSame(reached, ['web', 'authd2']);
});
