/** The catalogue of fields, typed by hand: names, types, defaults and bounds as PSD-007 3.2 lists them. */
import t from 'tap';
import { definitionFields } from '../../../../gen/definition/facts.ts';
import type { FieldRow } from '../../../../gen/options/rows.ts';
import type { ServiceDefinition } from '../../../../src/policy/definition/definition.ts';
import type { RegistryValue } from '../../../../src/registry/value.ts';
import { matchEach } from '../../../support/lists.ts';
import type { Values } from './raw.ts';
import { complaints, decodeWeb, refusal, refused, webWith } from './raw.ts';

const absent = undefined;

/** Field, member, default, a value in the registry, what it means. */
const catalogue: readonly (readonly [string, keyof ServiceDefinition, unknown, RegistryValue['data'], unknown])[] = [
  ['Arguments', 'arguments', [], ['-v', '', 'a b'], ['-v', '', 'a b']],
  ['Type', 'type', 'Simple', 1, 'Oneshot'],
  ['Triggers', 'triggers', [], ['boot'], [{ type: 'boot' }]],
  ['Disabled', 'disabled', false, 1, true],
  ['SafeMode', 'safeMode', false, 1, true],
  ['Identity', 'identity', 'LocalService', 'SYSTEM', 'SYSTEM'],
  ['RequiredPrivileges', 'requiredPrivileges', absent, ['SeAuditPrivilege', 'bogus'], ['SeAuditPrivilege', 'bogus']],
  ['Requires', 'requires', [], ['db', 'mount:/data'], ['db', 'mount:/data']],
  ['Wants', 'wants', [], ['db'], ['db']],
  ['BindsTo', 'bindsTo', [], ['db'], ['db']],
  ['Conflicts', 'conflicts', [], ['db'], ['db']],
  ['OnFailure', 'onFailure', absent, 'alarm', 'alarm'],
  ['ErrorControl', 'errorControl', 'Normal', 1, 'Critical'],
  ['RemainAfterExit', 'remainAfterExit', false, 1, true],
  ['SuccessExitCodes', 'successExitCodes', [], ['3', '255', '3'], [3, 255, 3]],
  ['ExecStartPre', 'execStartPre', [], ['/bin/a b', '/bin/c'], [['/bin/a', 'b'], ['/bin/c']]],
  ['ExecStartPost', 'execStartPost', [], ['/bin/a'], [['/bin/a']]],
  ['HookIdentity', 'hookIdentity', absent, 'root', 'root'],
  ['ExecReload', 'execReload', { type: 'signal', name: 'SIGHUP', signal: 1 }, '/bin/r x', { type: 'command', argv: ['/bin/r', 'x'] }],
  ['StartTimeout', 'startTimeout', 30, 1, 1],
  ['StopTimeout', 'stopTimeout', 10, 0, 0],
  ['StopSignal', 'stopSignal', { name: 'SIGTERM', signal: 15 }, 'SIGQUIT', { name: 'SIGQUIT', signal: 3 }],
  ['StopMode', 'stopMode', 'Main', 1, 'All'],
  ['AbortMode', 'abortMode', 'Kill', 1, 'Stop'],
  ['WatchdogTimeout', 'watchdogTimeout', 0, 4_294_967_295, 4_294_967_295],
  ['HealthCheck', 'healthCheck', null, '/bin/h', ['/bin/h']],
  ['HealthCheckInterval', 'healthCheckInterval', 30, 1, 1],
  ['HealthCheckTimeout', 'healthCheckTimeout', 5, 1, 1],
  ['HealthCheckRetries', 'healthCheckRetries', 3, 1, 1],
  ['RestartPolicy', 'restartPolicy', 'OnFailure', 2, 'Always'],
  ['RestartMaxRetries', 'restartMaxRetries', 5, 0, 0],
  ['RestartWindow', 'restartWindow', 120, 0, 0],
  ['RestartDelay', 'restartDelay', 1, 0, 0],
  ['Readiness', 'readiness', 'Notify', 1, 'Alive'],
  ['NotifyAccess', 'notifyAccess', 'Main', 0, 'Main'],
  ['FdStoreMax', 'fdStoreMax', 0, 8, 8],
  ['FdStoreKeep', 'fdStoreKeep', false, 1, true],
  ['TimerPersistent', 'timerPersistent', true, 0, false],
  ['TimerJitter', 'timerJitter', 0, 60, 60],
  ['Environment', 'environment', [], ['A=', 'B=c=d'], ['A=', 'B=c=d']],
  ['WorkingDirectory', 'workingDirectory', '/', '/srv', '/srv'],
  ['LimitNOFILE', 'limitNofile', absent, 0, 0],
  ['LimitCORE', 'limitCore', absent, 4096, 4096],
  ['Conditions', 'conditions', [], ['path:/a:b'], [{ type: 'path', argument: '/a:b' }]],
  ['Asserts', 'asserts', [], ['file:/a'], [{ type: 'file', argument: '/a' }]],
  ['DisplayName', 'displayName', absent, 'Web', 'Web'],
  ['Description', 'description', absent, 'Serves', 'Serves'],
  ['ServiceSecurity', 'serviceSecurity', absent, new Uint8Array([1, 0, 4]), new Uint8Array([1, 0, 4])],
  ['PreStartCheckTimeout', 'preStartCheckTimeout', 5, 1, 1],
  ['RuntimeDirectories', 'runtimeDirectories', [], ['web', 'a b'], ['web', 'a b']],
  ['AccountEnvironment', 'accountEnvironment', false, 1, true],
  ['EnvironmentFile', 'environmentFile', absent, '-/etc/web.env', '-/etc/web.env'],
  ['ReadinessCheck', 'readinessCheck', null, '/bin/r', ['/bin/r']],
];

/** What a field needs to be accepted. */
const beside: Readonly<Record<string, Values>> = { ReadinessCheck: { Readiness: 1 } };

t.test('every field has its default when it is absent', async (t) => {
  const definition = webWith({});
  for (const [field, member, value] of catalogue) t.strictSame(definition[member], value, field);
  t.equal(Object.keys(definition).length, 2 + catalogue.filter(([, , value]) => value !== absent).length, 'and there are no others');
});

t.test('DEF-048 every field is read from the registry type of its kind', async (t) => {
  for (const [field, member, , data, value] of catalogue)
    t.strictSame(webWith({ ...(beside[field] ?? {}), [field]: data })[member], value, field);
});

t.test('DEF-048 DEF-070 a known field of another registry type is a definition error, told by its field and both types', async (t) => {
  for (const [field, , , data] of catalogue) {
    const other = typeof data === 'number' ? 'x' : 7;
    const { definition, findings } = decodeWeb({ [field]: other });
    t.equal(definition, null, field);
    t.equal(findings.length, 1);
    t.match(findings[0], { service: 'web', field, kind: 'undecodable' });
    t.match(
      findings[0]?.message,
      new RegExp(`^service web: ${field} is of type ${typeof other === 'number' ? 'DWORD' : 'SZ'}, but must be REG_`),
    );
  }
  t.strictSame(complaints({ StopTimeout: 5n }), ['service web: StopTimeout is of type QWORD, but must be REG_DWORD. Write a number.']);
});

t.test('values whose data is not what their type promises are undecodable', async (t) => {
  const odd = { name: 'StopTimeout', type: 'DWORD', data: 1.5 } as const;
  const opaque = { name: 'Arguments', type: 'OPAQUE', number: 99, data: new Uint8Array([1]) } as const;
  const mixed = { name: 'Wants', type: 'MULTI_SZ', data: new Uint8Array([1]) as unknown as readonly string[] } as const;
  const { decodeDefinition } = await import('../../../../src/policy/definition/decode.ts');
  const { findings } = decodeDefinition({ name: 'web', values: [{ name: 'ImagePath', type: 'SZ', data: '/x' }, odd, opaque, mixed] });
  t.strictSame(
    findings.map(({ field, kind }) => [field, kind]),
    [
      ['Arguments', 'undecodable'],
      ['Wants', 'undecodable'],
      ['StopTimeout', 'undecodable'],
    ],
  );
});

t.test('DEF-003 DEF-028 DEF-062 a number that no value of an enum has is a definition error that lists those there are', async (t) => {
  const bad: Values = { Type: 2, ErrorControl: 2, RestartPolicy: 3, Readiness: 2, NotifyAccess: 1 };
  for (const [field, data] of Object.entries(bad)) t.equal(decodeWeb({ [field]: data }).definition, null, field);
  t.strictSame(complaints({ RestartPolicy: 3 }), [
    'service web: RestartPolicy is 3, but must be 0 (Never), 1 (OnFailure) or 2 (Always). ' +
      'Correct it, or remove the value for the default, OnFailure.',
  ]);
});

t.test('DEF-062 a boolean other than 0 and 1 is a definition error', async (t) => {
  for (const field of ['Disabled', 'SafeMode', 'RemainAfterExit', 'TimerPersistent']) {
    const { definition, findings } = decodeWeb({ [field]: 2 });
    t.equal(definition, null, field);
    matchEach(t, findings, [{ field, kind: 'invalid', message: / is 2, but must be 0 or 1\. / }]);
  }
});

t.test(
  'DEF-021 DEF-069 zero is refused where time must pass: StartTimeout and PreStartCheckTimeout always, ' +
    'the health fields beside HealthCheck',
  async (t) => {
    matchEach(t, complaints({ StartTimeout: 0 }), [/^service web: StartTimeout is 0, but must be at least 1 s\./]);
    matchEach(t, complaints({ PreStartCheckTimeout: 0 }), [/^service web: PreStartCheckTimeout is 0/]);
    for (const field of ['HealthCheckInterval', 'HealthCheckTimeout', 'HealthCheckRetries']) {
      t.strictSame(refusal(decodeWeb({ [field]: 0, healthcheck: '/bin/h' })), refused(field));
      t.strictSame(complaints({ [field]: 0 }), [], `${field} alone is never used`);
    }
  },
);

t.test('DEF-069 HealthCheck and WatchdogTimeout are accepted on a Oneshot', async (t) => {
  t.match(webWith({ Type: 1, HealthCheck: '/bin/h', WatchdogTimeout: 3 }), { type: 'Oneshot', watchdogTimeout: 3 });
});

t.test('HC-007 HealthCheckRetries times HealthCheckInterval must be less than RestartWindow, whenever HealthCheck is set', async (t) => {
  const values = { HealthCheck: '/bin/h', HealthCheckRetries: 3 };
  t.strictSame(complaints({ ...values, HealthCheckInterval: 39 }), []);
  t.strictSame(complaints({ ...values, HealthCheckInterval: 40 }), [
    'service web: HealthCheckRetries times HealthCheckInterval is 120 s, but must be less than RestartWindow (120 s). ' +
      'Raise RestartWindow, or lower one of the others.',
  ]);
  t.equal(decodeWeb({ ...values, HealthCheckInterval: 40 }).definition, null);
  t.strictSame(complaints({ HealthCheckInterval: 4000 }), [], 'without HealthCheck nothing is checked');
});

t.test('DEF-001 ImagePath must be there and absolute', async (t) => {
  const { decodeDefinition } = await import('../../../../src/policy/definition/decode.ts');
  t.strictSame(refusal(decodeDefinition({ name: 'web', values: [] })), refused('ImagePath'));
  matchEach(t, complaints({ ImagePath: 'bin/web' }), [/^service web: ImagePath "bin\/web" is not an absolute path\. /]);
  matchEach(t, complaints({ WorkingDirectory: 'srv' }), [/^service web: WorkingDirectory "srv" is not an absolute path\. /]);
});

t.test('DEF-061 an empty string is an error, except where it counts as absent', async (t) => {
  for (const field of ['ImagePath', 'OnFailure', 'ExecReload', 'HealthCheck', 'WorkingDirectory']) {
    t.strictSame(refusal(decodeWeb({ [field]: '' })), refused(field));
    matchEach(t, complaints({ [field]: '' }), [/ is empty\. /]);
  }
  const definition = webWith({ Identity: '', HookIdentity: '', DisplayName: '', Description: '' });
  t.equal(definition.identity, 'LocalService');
  for (const member of ['hookIdentity', 'displayName', 'description'] as const) t.equal(definition[member], undefined, member);
});

t.test('DEF-047 unknown values are ignored, whatever their type', async (t) => {
  t.strictSame(webWith({ Foo: 'bar', LastTimerRun: 7n, '': 'default value' }), webWith({}));
});

t.test('DEF-060 a known field given twice is an error, its names compared without case', async (t) => {
  const { definition, findings } = decodeWeb({ StopTimeout: 3, STOPTIMEOUT: 4 });
  t.equal(definition, null);
  matchEach(t, findings, [{ field: 'StopTimeout', message: /^service web: StopTimeout is there more than once\. / }]);
  t.strictSame(complaints({ foo: 1, FOO: 2 }), [], 'an unknown one is not');
  t.equal(webWith({ stoptimeout: 3 }).stopTimeout, 3);
});

t.test('text with a NUL character is refused, for no process could be given it', async (t) => {
  t.strictSame(complaints({ Arguments: ['fine', 'a\0b'] }), ['service web: Arguments[1] holds a NUL character. Remove it.']);
  matchEach(t, complaints({ Environment: ['A=\0'] }), [/NUL/]);
  matchEach(t, complaints({ Description: '\0' }), [/NUL/]);
});

t.test('no message quotes what stands in a field that may hold a password', async (t) => {
  const fields = Object.values<FieldRow>(definitionFields).filter(({ secret }) => secret);
  t.strictSame(
    fields.map(({ name }) => name),
    ['Arguments', 'ExecStartPre', 'ExecStartPost', 'ExecReload', 'HealthCheck', 'Environment', 'ReadinessCheck'],
  );
  for (const { name } of fields) {
    for (const text of [
      'hunter2',
      'PGPASSWORD hunter2',
      '/bin/a "hunter2',
      'signal:hunter2',
      '=hunter2',
      'A=hunter2\0',
      '/bin/\0hunter2',
    ]) {
      for (const data of [text, [text], new TextEncoder().encode(text)]) {
        const found = complaints({ [name]: data });
        t.notOk(found.join().includes('hunter2'), `${name}: ${found.join()}`);
      }
    }
  }
  t.strictSame(complaints({ Environment: ['A=b', 'PGPASSWORD hunter2'] }), [
    'service web: Environment[1] is not an assignment. Write KEY=VALUE; the key must not be empty.',
  ]);
});

t.test('O-45 ReadinessCheck is for Alive, and refused beside Notify', async (t) => {
  t.strictSame(complaints({ ReadinessCheck: '/bin/r' }), [
    'service web: ReadinessCheck is for Readiness Alive only, and Readiness is Notify. ' +
      'A program that sends READY=1 needs no check: remove ReadinessCheck, or set Readiness to 1 (Alive).',
  ]);
  t.strictSame(complaints({ ReadinessCheck: '/bin/r', Type: 1 }), [
    'service web: ReadinessCheck does nothing, for Type is Oneshot. It is for Simple services: remove it, or change Type.',
  ]);
});

t.test('DEF-070 all that is wrong with a definition is found at once, each finding with its field', async (t) => {
  const { definition, findings } = decodeWeb({
    ImagePath: 'x',
    Type: 9,
    Requires: ['a/b', 'ok', ''],
    Environment: ['=x'],
    StopTimeout: 'y',
  });
  t.equal(definition, null);
  t.strictSame(
    findings.map(({ field, kind }) => [field, kind]),
    [
      ['ImagePath', 'invalid'],
      ['Type', 'invalid'],
      ['Requires', 'invalid'],
      ['Requires', 'invalid'],
      ['StopTimeout', 'undecodable'],
      ['Environment', 'invalid'],
    ],
  );
  t.match(findings[3]?.message, /^service web: Requires\[2\] "" is not a service name\. /);
});
