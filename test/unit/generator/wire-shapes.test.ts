/** Names and shapes of the real wires, typed by hand from the specification and compared with what the schema gives. */
import t from 'tap';
import * as encode from '../../../gen/control/encode.ts';
import { commandNames, commands, errorCodes } from '../../../gen/control/facts.ts';
import * as control from '../../../gen/control/types.ts';
import { serviceGone } from '../../../gen/events/events.ts';
import { rights } from '../../../gen/options/facts.ts';
import * as encodeOutput from '../../../gen/output/encode.ts';
import type * as output from '../../../gen/output/types.ts';
import * as service from '../../../gen/service/types.ts';

const sorted = (names: readonly string[]): readonly string[] => [...names].sort();
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

t.test('WIRE-001 the commands are the ten of the specification and those marked as extensions', async (t) => {
  const named = words('start stop restart reload reset status list shutdown reload-config operation-status');
  t.same(sorted(commandNames.filter((name) => !commands[name].extension)), sorted(named));
  t.same(
    sorted(commandNames.filter((name) => commands[name].extension)),
    words('boot-status clear-boot-attempts explain follow job-status job-stop jobs machine-status output subscribe timeline timers whoami'),
  );
});

t.test('WIRE-002 start, stop and restart wait by themselves, reload and reset do not', async (t) => {
  for (const name of ['start', 'stop', 'restart'] as const) t.ok(commands[name].waits && commands[name].defaultWait, name);
  for (const name of ['reload', 'reset', 'machine-status'] as const) t.ok(commands[name].waits && !commands[name].defaultWait, name);
  for (const name of ['status', 'list', 'shutdown', 'reload-config', 'operation-status'] as const) t.notOk(commands[name].waits, name);
});

t.test('each command asks for its rights, and the rights have their bits', async (t) => {
  t.same(rights, {
    SERVICE_QUERY_STATUS: 0x1,
    SERVICE_START: 0x2,
    SERVICE_STOP: 0x4,
    SERVICE_INTERROGATE: 0x8,
    SYSTEM_SHUTDOWN: 0x1,
    SYSTEM_RELOAD_CONFIG: 0x2,
    SYSTEM_QUERY_JOBS: 0x4,
    SYSTEM_STOP_JOBS: 0x8,
  });
  const asked = Object.fromEntries(commandNames.map((name) => [name, commands[name].rightNames.join(' ')]));
  t.same(asked, {
    start: 'SERVICE_START',
    stop: 'SERVICE_STOP',
    restart: 'SERVICE_STOP SERVICE_START',
    reload: 'SERVICE_INTERROGATE',
    reset: 'SERVICE_STOP',
    status: 'SERVICE_QUERY_STATUS',
    list: '',
    shutdown: 'SYSTEM_SHUTDOWN',
    'reload-config': 'SYSTEM_RELOAD_CONFIG',
    'operation-status': 'SERVICE_QUERY_STATUS',
    'machine-status': '',
    subscribe: '',
    explain: 'SERVICE_QUERY_STATUS',
    whoami: '',
    'boot-status': '',
    'clear-boot-attempts': 'SYSTEM_SHUTDOWN',
    timeline: '',
    output: '',
    follow: '',
    jobs: '',
    'job-status': 'SYSTEM_QUERY_JOBS',
    'job-stop': 'SYSTEM_STOP_JOBS',
    timers: '',
  });
  t.equal(commands.restart.rights, 0x6);
});

const enums: readonly (readonly [string, readonly string[], string])[] = [
  ['WIRE-003 shutdown types', control.shutdownTypeNames, 'poweroff reboot halt'],
  ['WIRE-004 status of an answer', control.responseStatusNames, 'ok error'],
  [
    'WIRE-005 states of a service',
    service.stateNames,
    'inactive starting active reloading stopping completed backoff failed abandoned skipped',
  ],
  [
    'WIRE-006 causes',
    service.causeNames,
    `assertion_error binds_to_propagation binds_to_recovery clean_exit clean_exit_restart condition_skipped conflict_eviction cycle_detected
     dependency_failure dependency_start explicit_reload explicit_reset explicit_start explicit_stop health_check_failure
     mount_failure parent_setup_failure pre_exec_failure pre_hook_failure process_crash process_unkillable readiness_timeout
     restart_budget_exhausted restart_policy shutdown_wave timer validation_error watchdog_timeout`,
  ],
  ['WIRE-007 health', service.healthNames, 'healthy unhealthy unknown'],
  ['WIRE-008 operation types', service.operationTypeNames, 'start stop restart reload reset'],
  ['WIRE-009 operation states', service.operationStateNames, 'pending running completed failed merged cancelled aborted'],
  [
    'WIRE-010 operation sources',
    service.operationSourceNames,
    `admin binds_to_propagation binds_to_recovery boot conflict_resolution dependency_propagation on_failure restart_policy shutdown timer`,
  ],
  // ReadinessCheck adds one of ours.
  [
    'WIRE-011 job types',
    service.jobTypeNames.filter((name) => name !== 'readiness_check'),
    'service_main pre_exec_hook post_exec_hook reload_hook health_check ad_hoc',
  ],
  ['WIRE-012 job states', service.jobStateNames, 'created running completed failed abandoned'],
  ['WIRE-013 reload modes', service.reloadModeNames, 'confirmed advisory failed'],
  ['WIRE-014 leak types', service.leakTypeNames, 'health hooks service_tree'],
  [
    'the error codes',
    Object.keys(errorCodes),
    `ACCESS_DENIED UNKNOWN_SERVICE UNKNOWN_OPERATION MALFORMED_REQUEST REQUEST_TOO_LARGE INVALID_COMMAND INVALID_ARGUMENTS INVALID_STATE
     OPERATION_TIMEOUT INTERNAL_ERROR`,
  ],
];

for (const [title, names, expected] of enums)
  t.test(`${title} are exactly those of the specification`, async (t) => t.same(sorted(names), sorted(words(expected))));

/** The members of a line, in their order. */
const members = (line: string): readonly string[] => Object.keys(JSON.parse(line) as object);

const operation: service.Operation = {
  id: 'i',
  type: 'start',
  service: 'web',
  source: 'admin',
  state: 'pending',
  result: null,
  merged_into: null,
  error: null,
  requested_at: 't',
  started_at: null,
  completed_at: null,
};

const status: control.StatusResponse = {
  service: 'web',
  state: 'active',
  cause: null,
  status_text: null,
  current_job: null,
  current_operation: null,
  health: null,
  uptime_seconds: null,
  definition_removed: false,
  token: null,
  uid: null,
  warnings: [],
  since: null,
  detail: null,
  forced: null,
  waiting_for: [],
  restart: null,
  display_name: null,
  output: [],
  stored_descriptors: [],
  definition_warnings: [],
  health_check: null,
  since_seconds: null,
  granted: ['SERVICE_QUERY_STATUS'],
  timers: [],
  mount: null,
};

t.test('WIRE-026 an error has exactly three members', async (t) => {
  const line = encode.encodeErrorResponse({ status: 'error', code: 'INVALID_STATE', message: 'say "no"' });
  t.equal(line, '{"status":"error","code":"INVALID_STATE","message":"say \\"no\\""}');
});

t.test('WIRE-027 CTL-004 an acknowledgement has exactly its members, and that of reload adds mode', async (t) => {
  const acknowledgement = { operation_id: 'i', service: 'web', state: 'active', cause: 'explicit_start', warnings: ['w'] } as const;
  const expected = ['status', 'operation_id', 'service', 'state', 'cause', 'warnings'];
  for (const line of [
    encode.encodeStartResponse(acknowledgement),
    encode.encodeStopResponse(acknowledgement),
    encode.encodeRestartResponse(acknowledgement),
    encode.encodeResetResponse(acknowledgement),
  ]) {
    t.equal(line, '{"status":"ok","operation_id":"i","service":"web","state":"active","cause":"explicit_start","warnings":["w"]}');
    t.same(members(line), expected);
  }
  t.same(members(encode.encodeReloadResponse({ ...acknowledgement, mode: 'advisory' })), [...expected, 'mode']);
});

t.test('WIRE-028 WIRE-035 a status has all its members, null where they do not apply', async (t) => {
  const line = encode.encodeStatusResponse(status);
  t.same(
    members(line).slice(0, 11),
    words('status service state cause status_text current_job current_operation health uptime_seconds definition_removed warnings'),
  );
  const beginning =
    '{"status":"ok","service":"web","state":"active","cause":null,"status_text":null,' +
    '"current_job":null,"current_operation":null,"health":null,';
  t.equal(line.slice(0, beginning.length), beginning);
});

t.test('WIRE-029 the objects within a status have exactly their members', async (t) => {
  const line = encode.encodeStatusResponse({
    ...status,
    current_job: { id: 'j', type: 'service_main', pid: 5, started_at: 't', identity: 'SYSTEM' },
    current_operation: { id: 'o', type: 'start', source: 'admin' },
    warnings: [{ path: 'p', type: 'hooks', detected_at: 't' }],
  });
  const parsed = JSON.parse(line) as { current_job: object; current_operation: object; warnings: readonly object[] };
  t.same(Object.keys(parsed.current_job), ['id', 'type', 'pid', 'started_at', 'identity']);
  t.same(Object.keys(parsed.current_operation), ['id', 'type', 'source']);
  t.same(Object.keys(parsed.warnings[0] ?? {}), ['path', 'type', 'detected_at']);
});

t.test('WIRE-030 a list has exactly its members', async (t) => {
  const line = encode.encodeListResponse({
    services: [{ service: 'web', state: 'failed', cause: 'process_crash', health: null, granted: [] }],
  });
  t.equal(line, '{"status":"ok","services":[{"service":"web","state":"failed","cause":"process_crash","health":null,"granted":[]}]}');
});

t.test('WIRE-031 an operation has all its members, null where they do not apply', async (t) => {
  const parsed = JSON.parse(encode.encodeOperationStatusResponse({ operation })) as { operation: object };
  t.same(Object.keys(parsed), ['status', 'operation']);
  t.same(
    Object.keys(parsed.operation),
    words('id type service source state result merged_into error requested_at started_at completed_at'),
  );
});

t.test('WIRE-033 a shutdown is answered with the status alone', async (t) => {
  t.equal(encode.encodeShutdownResponse({}), '{"status":"ok"}');
});

t.test('WIRE-034 a reload-config has all its members, also where nothing changed', async (t) => {
  const nothing = { added: [], updated: [], restored: [], marked_removed: [], discarded: [] };
  t.equal(
    encode.encodeReloadConfigResponse({ summary: nothing, warnings: [] }),
    '{"status":"ok","summary":{"added":[],"updated":[],"restored":[],"marked_removed":[],"discarded":[]},"warnings":[]}',
  );
});

t.test('WIRE-038 text with line breaks stays on one line', async (t) => {
  const line = encode.encodeStatusResponse({ ...status, status_text: 'a\nb\r\u2028"' });
  t.notMatch(line, /[\n\r]/);
  t.equal((JSON.parse(line) as control.StatusResponse).status_text, 'a\nb\r\u2028"');
});

t.test('WIRE-041 a record of output has its lines as arrays, and the bytes of those that are no UTF-8', async (t) => {
  const record: output.LogRecord = {
    origin: 'web/ExecStartPre[0]',
    job_id: 'j',
    is_error: true,
    first_id: 7,
    first_timestamp: '2026-01-31T12:00:00.000000000Z',
    lines: [
      [0, 'a'],
      [1500, '\ufffd'],
    ],
  };
  const beginning =
    '{"kind":"log","origin":"web/ExecStartPre[0]","job_id":"j","is_error":true,"first_id":7,' +
    '"first_timestamp":"2026-01-31T12:00:00.000000000Z","lines":[[0,"a"],[1500,"\ufffd"]]';
  t.equal(encodeOutput.encodeLogRecord(record), `${beginning}}`);
  t.equal(encodeOutput.encodeLogRecord({ ...record, raw: [null, '/w=='] }), `${beginning},"raw":[null,"/w=="]}`);
  t.equal(encodeOutput.encodeHelloRecord({ boot_id: 'b', started_at: 't' }), '{"kind":"hello","boot_id":"b","started_at":"t"}');
  t.equal(encodeOutput.encodeAcknowledgement({ acked: { log: 8, event: 0 } }), '{"acked":{"log":8,"event":0}}');
});

t.test('WIRE-042 a record of an event is the line that subscribers get, and a loss has its count and ids', async (t) => {
  const event = { id: 3, timestamp: 't', ...serviceGone({ service: 'web' }) };
  t.equal(
    encodeOutput.encodeEventRecord(event),
    '{"kind":"event","id":3,"event":"service.gone","timestamp":"t","payload":{"service":"web"}}',
  );
  t.equal(encodeOutput.encodeEventRecord(event), encode.encodeSubscribeResponse({ kind: 'event', ...event }));
  t.equal(
    encodeOutput.encodeDroppedRecord({ of: 'log', count: 2, from: 5, to: 6 }),
    '{"kind":"dropped","of":"log","count":2,"from":5,"to":6}',
  );
});
