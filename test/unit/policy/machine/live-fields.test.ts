/** Every field whose change counts without a restart of the service: each is changed under a running service and looked at. PSD-007 3.5. */
import t from 'tap';
import { definitionFields } from '../../../../gen/definition/facts.ts';
import type { ProcessSpec } from '../../../../src/policy/effects.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

interface Row {
  /** Further rules that it shows. */
  readonly ids?: string;
  /** Beside the field that changes. */
  readonly beside?: Fields;
  readonly values: readonly [before: Fields, after: Fields];
  /** Brings the service to where the change finds it; left out: up. */
  readonly prepare?: (rig: Rig) => void;
  readonly probe: (rig: Rig) => unknown;
  /** What the probe sees without and with the change. */
  readonly seen: readonly [unknown, unknown];
}

const up = (rig: Rig): void => {
  rig.boot();
  rig.up('web');
};

/** The next start: until its first process is asked for. */
const again = (rig: Rig): void => {
  rig.command('restart', 'web');
  rig.exits('web', 0);
  rig.empties('web');
};

const crash = (rig: Rig): void => {
  rig.exits('web', 1);
  rig.empties('web');
};

function secondsUntil(rig: Rig, holds: () => boolean): number | null {
  for (let second = 0; second <= 300; second++) {
    if (holds()) return second;
    rig.pass(1);
  }
  return null;
}

const kills = (rig: Rig, part: string): number =>
  rig.effects.filter((effect) => effect.kind === 'kill-cgroup' && effect.part === part).length;

const secondsToKill = (rig: Rig, part = 'tree'): number | null => {
  const before = kills(rig, part);
  return secondsUntil(rig, () => kills(rig, part) > before);
};

/** A field that the process of the next start is made with. */
const ofNextStart = <K extends keyof Fields>(
  member: K,
  made: (process: ProcessSpec) => unknown,
  before: Fields[K],
  after: Fields[K],
): Row => ({
  values: [{ [member]: before }, { [member]: after }],
  probe(rig) {
    again(rig);
    return made(rig.spawned('web').process);
  },
  seen: [before, after],
});

/** A field that is read before the process of the next start is made. */
const ofNextRequest = (before: Fields, after: Fields, seen: readonly [unknown, unknown]): Row => ({
  values: [before, after],
  probe(rig) {
    rig.holdsTokens = true;
    again(rig);
    return rig.effects.findLast((effect) => effect.kind === 'request-token')?.reads ?? null;
  },
  seen,
});

/** A field that is asked for by others whenever they need it. */
const ofModel = <K extends keyof Fields>(member: K, before: Fields[K], after: Fields[K]): Row => ({
  values: [{ [member]: before }, { [member]: after }],
  probe: (rig) => rig.view('web').definition?.[member],
  seen: [before, after],
});

const answerChecks = (rig: Rig): void => {
  const asked = rig.last.find((effect) => effect.kind === 'run-checks');
  if (asked?.kind === 'run-checks') rig.send({ kind: 'checks-done', check: asked.check, verdicts: asked.checks.map(() => true) });
};

const checked: Fields = { healthCheck: ['/bin/check'], healthCheckInterval: 5, healthCheckTimeout: 4, healthCheckRetries: 1 };
const retrying: Fields = { restartPolicy: 'OnFailure', restartDelay: 1, restartMaxRetries: 9 };

const rows: Readonly<Record<string, Row>> = {
  Arguments: {
    values: [{ arguments: ['old'] }, { arguments: ['new'] }],
    probe(rig) {
      again(rig);
      return rig.spawned('web').argv;
    },
    seen: [
      ['/bin/web', 'old'],
      ['/bin/web', 'new'],
    ],
  },
  Description: ofModel('description', 'old', 'new'),
  DisplayName: ofModel('displayName', 'old', 'new'),
  Environment: ofNextStart('environment', ({ environment }) => environment, ['A=old'], ['A=new']),
  ExecReload: {
    values: [
      { execReload: { type: 'signal', name: 'SIGHUP', signal: 1 } },
      { execReload: { type: 'signal', name: 'SIGUSR1', signal: 10 } },
    ],
    probe(rig) {
      rig.command('reload', 'web');
      return rig.last.flatMap((effect) => (effect.kind === 'signal' ? [effect.signal] : []));
    },
    seen: [[1], [10]],
  },
  ExecStartPost: {
    values: [{ execStartPost: [] }, { execStartPost: [['/bin/post']] }],
    probe(rig) {
      again(rig);
      rig.runs('web');
      return rig.spawns('web/ExecStartPost[0]');
    },
    seen: [0, 1],
  },
  ExecStartPre: {
    values: [{ execStartPre: [] }, { execStartPre: [['/bin/pre']] }],
    probe(rig) {
      again(rig);
      return [rig.spawns('web/ExecStartPre[0]'), rig.spawns('web')];
    },
    seen: [
      [0, 2],
      [1, 1],
    ],
  },
  AccountEnvironment: ofNextRequest({ accountEnvironment: false }, { accountEnvironment: true }, [null, { file: null, account: true }]),
  EnvironmentFile: ofNextRequest({ environmentFile: '/etc/old' }, { environmentFile: '-/etc/new' }, [
    { file: { path: '/etc/old', required: true }, account: false },
    { file: { path: '/etc/new', required: false }, account: false },
  ]),
  ReadinessCheck: {
    values: [{ readinessCheck: null }, { readinessCheck: ['/bin/probe'] }],
    probe(rig) {
      again(rig);
      rig.runs('web');
      return rig.spawns('web/ReadinessCheck');
    },
    seen: [0, 1],
  },
  FdStoreMax: ofModel('fdStoreMax', 0, 3),
  FdStoreKeep: ofNextStart('fdStoreKeep', ({ keepsStored }) => keepsStored, false, true),
  HealthCheck: {
    beside: { healthCheckInterval: 5 },
    values: [{ healthCheck: ['/bin/old'] }, { healthCheck: ['/bin/new'] }],
    probe(rig) {
      rig.pass(5);
      return rig.spawned('web/HealthCheck').argv;
    },
    seen: [['/bin/old'], ['/bin/new']],
  },
  HealthCheckInterval: {
    ids: 'DEF-025',
    beside: checked,
    values: [{ healthCheckInterval: 5 }, { healthCheckInterval: 9 }],
    // The interval that runs already is not made longer.
    probe(rig) {
      rig.pass(5);
      rig.ends('web/HealthCheck', 0);
      return secondsUntil(rig, () => rig.spawns('web/HealthCheck') > 1);
    },
    seen: [5, 9],
  },
  HealthCheckRetries: {
    beside: checked,
    values: [{ healthCheckRetries: 1 }, { healthCheckRetries: 3 }],
    probe(rig) {
      for (let failures = 1; failures < 9; failures++) {
        rig.pass(5);
        rig.ends('web/HealthCheck', 1);
        if (kills(rig, 'tree') > 0) return failures;
      }
      return null;
    },
    seen: [1, 3],
  },
  HealthCheckTimeout: {
    ids: 'DEF-026',
    beside: { ...checked, healthCheckInterval: 100 },
    values: [{ healthCheckTimeout: 4 }, { healthCheckTimeout: 7 }],
    probe(rig) {
      rig.pass(100);
      rig.runs('web/HealthCheck');
      return secondsToKill(rig, 'health');
    },
    seen: [4, 7],
  },
  HookIdentity: {
    beside: { identity: 'SYSTEM', execStartPost: [['/bin/post']] },
    values: [{ hookIdentity: 'LocalService' }, { hookIdentity: 'NetworkService' }],
    prepare(rig) {
      up(rig);
      rig.ends('web/ExecStartPost[0]', 0);
    },
    probe(rig) {
      again(rig);
      rig.runs('web');
      return rig.spawned('web/ExecStartPost[0]').identity;
    },
    seen: ['LocalService', 'NetworkService'],
  },
  LimitCORE: ofNextStart('limitCore', ({ limits }) => limits.core, 1, 2),
  LimitNOFILE: ofNextStart('limitNofile', ({ limits }) => limits.nofile, 100, 200),
  PreStartCheckTimeout: {
    beside: { conditions: [{ type: 'path', argument: '/x' }] },
    values: [{ preStartCheckTimeout: 5 }, { preStartCheckTimeout: 8 }],
    prepare(rig) {
      rig.boot();
      rig.command('start', 'web');
      answerChecks(rig);
      rig.runs('web');
    },
    probe(rig) {
      again(rig);
      return rig.last.flatMap((effect) => (effect.kind === 'run-checks' ? [effect.timeoutSeconds] : []));
    },
    seen: [[5], [8]],
  },
  Readiness: {
    values: [{ readiness: 'Alive' }, { readiness: 'Notify' }],
    probe(rig) {
      again(rig);
      rig.runs('web');
      return rig.view('web').state;
    },
    seen: ['active', 'starting'],
  },
  RestartDelay: {
    beside: retrying,
    values: [{ restartDelay: 2 }, { restartDelay: 7 }],
    probe(rig) {
      crash(rig);
      return secondsUntil(rig, () => rig.spawns('web') > 1);
    },
    seen: [2, 7],
  },
  RestartMaxRetries: {
    beside: retrying,
    values: [{ restartMaxRetries: 9 }, { restartMaxRetries: 0 }],
    probe(rig) {
      crash(rig);
      return rig.is('web');
    },
    seen: ['backoff / process_crash', 'failed / restart_budget_exhausted'],
  },
  RestartPolicy: {
    beside: retrying,
    values: [{ restartPolicy: 'Never' }, { restartPolicy: 'OnFailure' }],
    probe(rig) {
      crash(rig);
      return rig.is('web');
    },
    seen: ['failed / process_crash', 'backoff / process_crash'],
  },
  RestartWindow: {
    beside: retrying,
    values: [{ restartWindow: 100 }, { restartWindow: 10 }],
    probe(rig) {
      crash(rig);
      rig.pass(1);
      rig.runs('web');
      return secondsUntil(rig, () => rig.view('web').restart === null);
    },
    seen: [100, 10],
  },
  RuntimeDirectories: ofNextStart('runtimeDirectories', ({ runtimeDirectories }) => runtimeDirectories, ['old'], ['new']),
  SafeMode: {
    beside: { triggers: [{ type: 'boot' }] },
    values: [{ safeMode: false }, { safeMode: true }],
    prepare: () => undefined,
    probe(rig) {
      rig.send({ kind: 'boot', maxParallelStarts: 10, safe: true });
      return rig.spawns('web');
    },
    seen: [0, 1],
  },
  StartTimeout: {
    beside: { readiness: 'Notify' },
    values: [{ startTimeout: 4 }, { startTimeout: 9 }],
    probe(rig) {
      again(rig);
      rig.runs('web');
      return secondsToKill(rig);
    },
    seen: [4, 9],
  },
  StopMode: {
    values: [{ stopMode: 'Main' }, { stopMode: 'All' }],
    probe(rig) {
      rig.command('stop', 'web');
      return rig.last.filter(({ kind }) => kind === 'signal-part').length;
    },
    seen: [0, 1],
  },
  AbortMode: {
    beside: { readiness: 'Notify', startTimeout: 4, stopTimeout: 2 },
    values: [{ abortMode: 'Kill' }, { abortMode: 'Stop' }],
    prepare(rig) {
      rig.boot();
      rig.command('start', 'web');
      rig.runs('web');
    },
    probe: (rig) => secondsToKill(rig),
    seen: [4, 6],
  },
  StopSignal: {
    values: [{ stopSignal: { name: 'SIGQUIT', signal: 3 } }, { stopSignal: { name: 'SIGUSR1', signal: 10 } }],
    probe(rig) {
      rig.command('stop', 'web');
      return rig.last.flatMap((effect) => (effect.kind === 'signal' ? [effect.signal] : []));
    },
    seen: [
      [3, 18],
      [10, 18],
    ],
  },
  StopTimeout: {
    values: [{ stopTimeout: 50 }, { stopTimeout: 2 }],
    probe(rig) {
      rig.command('stop', 'web');
      return secondsToKill(rig);
    },
    seen: [50, 2],
  },
  SuccessExitCodes: {
    values: [{ successExitCodes: [] }, { successExitCodes: [3] }],
    probe(rig) {
      rig.exits('web', 3);
      rig.empties('web');
      return rig.is('web');
    },
    seen: ['failed / process_crash', 'inactive / clean_exit'],
  },
  WatchdogTimeout: {
    values: [{ watchdogTimeout: 30 }, { watchdogTimeout: 6 }],
    probe: (rig) => secondsToKill(rig),
    seen: [30, 6],
  },
  WorkingDirectory: ofNextStart('workingDirectory', ({ workingDirectory }) => workingDirectory, '/old', '/new'),
};

/** NotifyAccess has one value only: nothing can be seen of a change. */
const unseen = ['NotifyAccess'];

t.test('GEN-010 the schema calls exactly these fields reloadable', async (t) => {
  const reloadable = Object.values(definitionFields).flatMap(({ name, effect }) => (effect === 'reloadable' ? [name] : []));
  t.strictSame(reloadable.sort(), [...Object.keys(rows), ...unseen].sort());
  t.equal(reloadable.length, 36);
});

for (const [name, { ids, beside = {}, values, prepare = up, probe, seen }] of Object.entries(rows)) {
  t.test(`GEN-010 ${ids === undefined ? '' : `${ids} `}a new ${name} counts at the next use, without a restart for its sake`, async (t) => {
    const [before, after] = values.map((change) => define('web', { ...beside, ...change }));
    if (before === undefined || after === undefined) return t.fail('no values');
    for (const [at, next] of [before, after].entries()) {
      const rig = createRig();
      rig.load([before]);
      prepare(rig);
      const { length } = rig.steps('web');
      t.equal(rig.load([next]).kind, 'loaded');
      t.equal(rig.steps('web').length, length, 'the change itself does nothing to the service');
      t.strictSame(probe(rig), seen[at]);
    }
  });
}
