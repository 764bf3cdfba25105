import t from 'tap';
import { decodeSettings } from '../../../../src/policy/settings/settings.ts';
import { only } from '../../../support/lists.ts';
import type { Values } from '../definition/raw.ts';
import { rawValues } from '../definition/raw.ts';

const services = 'Machine\\System\\Services';
const boot = 'Machine\\System\\Boot';
const init = 'Machine\\System\\Init';
const eventd = 'Machine\\System\\eventd';

/** With a SchemaVersion, unless it is given. */
const decode = (keys: Readonly<Record<string, Values>>) =>
  decodeSettings(
    new Map(
      Object.entries({ ...keys, [services]: { SchemaVersion: 1, ...keys[services] } }).map(([key, values]) => [key, rawValues(values)]),
    ),
  );

const defaults = {
  schemaVersion: 1,
  maxParallelStarts: 10,
  bootSuccessGrace: 30,
  shutdownTimeout: 90,
  maxControlConnections: 32,
  maxControlConnectionsPerUser: 16,
  maxRequestSize: 65536,
  connectionTimeout: 30,
  maxLogLineLength: 8192,
  maxLogBufferPerService: 65536,
  maxJobs: 64,
  maxJobsPerUser: 16,
};

t.test(
  'KEY-006 KEY-008 KEY-011 KEY-012 KEY-013 KEY-014 KEY-015 settings that are absent have their defaults, without a finding',
  async (t) => {
    const { settings, findings } = decode({});
    t.match(settings, defaults);
    t.equal(settings.serviceSecurity, undefined);
    t.equal(settings.controlSecurity, undefined);
    t.match(settings.logSocketPath, /^\//);
    t.strictSame(findings, []);
  },
);

/** Key, name, member, smallest, greatest. Typed by hand. */
const bounds = [
  [init, 'MaxControlConnections', 'maxControlConnections', 1, 4096],
  [init, 'MaxControlConnectionsPerUser', 'maxControlConnectionsPerUser', 1, 4096],
  [init, 'MaxRequestSize', 'maxRequestSize', 1024, 16777216],
  [init, 'MaxJobs', 'maxJobs', 0, 4096],
  [init, 'MaxJobsPerUser', 'maxJobsPerUser', 0, 4096],
  [init, 'ConnectionTimeout', 'connectionTimeout', 1, 86400],
  [init, 'MaxLogLineLength', 'maxLogLineLength', 64, 1048576],
  [init, 'MaxLogBufferPerService', 'maxLogBufferPerService', 4096, 1048576],
  [boot, 'ShutdownTimeout', 'shutdownTimeout', 1, 86400],
  [boot, 'BootSuccessGrace', 'bootSuccessGrace', 0, 86400],
] as const;

t.test('KEY-020 a setting within its bounds holds', async (t) => {
  for (const [key, name, member, smallest, greatest] of bounds) {
    for (const value of [smallest, greatest]) {
      const { settings, findings } = decode({ [key]: { [name]: value } });
      t.equal(settings[member], value, name);
      t.strictSame(findings, []);
    }
  }
});

t.test('KEY-020 a setting out of bounds or of another type counts as its default, with a finding that names key and value', async (t) => {
  for (const [key, name, member, smallest, greatest] of bounds) {
    for (const value of [...(smallest > 0 ? [smallest - 1] : []), greatest + 1, String(smallest), BigInt(smallest)]) {
      const { settings, findings } = decode({ [key]: { [name]: value } });
      t.equal(settings[member], defaults[member], name);
      t.equal(findings.length, 1);
      t.match(findings[0], { key, name, fatal: false, kind: typeof value === 'number' ? 'invalid' : 'undecodable' });
      t.ok(findings[0]?.message.startsWith(`${key}\\${name} is `), name);
    }
  }
  t.strictSame(
    decode({ [init]: { MaxRequestSize: 7 } }).findings.map(({ message }) => message),
    [
      'Machine\\System\\Init\\MaxRequestSize is 7, but must be at least 1024 bytes. ' +
        'Correct it, or remove the value for the default, 65536.',
    ],
  );
});

t.test('BOOT-084 MaxParallelStarts that is zero or of another type is fatal at boot', async (t) => {
  for (const value of [0, '10', ['10'], 10n]) {
    const { settings, findings } = decode({ [boot]: { MaxParallelStarts: value } });
    t.strictSame(only(findings, 'name', 'fatal'), [{ name: 'MaxParallelStarts', fatal: true }]);
    t.equal(settings.maxParallelStarts, 10);
  }
  t.strictSame(decode({ [boot]: { MaxParallelStarts: 1 } }).findings, []);
});

t.test('SchemaVersion must be there as a REG_DWORD', async (t) => {
  t.strictSame(only(decodeSettings(new Map()).findings, 'key', 'name', 'fatal', 'kind'), [
    { key: services, name: 'SchemaVersion', fatal: true, kind: 'invalid' },
  ]);
  t.strictSame(only(decode({ [services]: { SchemaVersion: '1' } }).findings, 'name', 'fatal', 'kind'), [
    { name: 'SchemaVersion', fatal: true, kind: 'undecodable' },
  ]);
});

t.test('DEF-046 a newer SchemaVersion is a warning and nothing more', async (t) => {
  const { settings, findings } = decode({ [services]: { SchemaVersion: 2 } });
  t.equal(settings.schemaVersion, 2);
  t.strictSame(only(findings, 'name', 'kind', 'fatal'), [{ name: 'SchemaVersion', kind: 'warning', fatal: false }]);
});

t.test('keys and values are found in any case; a value given twice is refused', async (t) => {
  t.equal(decode({ 'MACHINE\\system\\boot': { maxparallelstarts: 3 } }).settings.maxParallelStarts, 3);
  const { settings, findings } = decode({ [boot]: { ShutdownTimeout: 5, SHUTDOWNTIMEOUT: 6 } });
  t.equal(settings.shutdownTimeout, 90);
  t.strictSame(only(findings, 'name', 'kind'), [{ name: 'ShutdownTimeout', kind: 'undecodable' }]);
});

t.test(
  'SEC-028 security descriptors are kept as they are, with a warning where they are broken; the socket path must be absolute',
  async (t) => {
    const { settings, findings } = decode({
      [init]: { ControlSecurity: new Uint8Array([9]) },
      [services]: { SchemaVersion: 1, ServiceSecurity: new Uint8Array() },
    });
    t.strictSame(only(findings, 'name', 'kind'), [
      { name: 'ServiceSecurity', kind: 'warning' },
      { name: 'ControlSecurity', kind: 'warning' },
    ]);
    t.strictSame([settings.controlSecurity, settings.serviceSecurity], [new Uint8Array([9]), new Uint8Array()]);
    t.equal(decode({ [eventd]: { LogSocketPath: '/x' } }).settings.logSocketPath, '/x');
    t.strictSame(only(decode({ [eventd]: { LogSocketPath: 'x' } }).findings, 'name', 'kind'), [{ name: 'LogSocketPath', kind: 'invalid' }]);
  },
);
