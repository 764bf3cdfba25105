import t from 'tap';
import { buildRegistryModel } from '../../../src/configuration/model.ts';
import { createSecurity } from '../../../src/configuration/security.ts';
import type { RegistryNode } from '../../../src/platform/registry.ts';
import type { Policy } from '../../../src/policy/view.ts';
import type { RegistryValue } from '../../../src/registry/value.ts';

const bytes = (...data: readonly number[]): Uint8Array => new Uint8Array(data);
const guards = (data: Uint8Array, name = 'ServiceSecurity'): RegistryValue => ({ name, type: 'BINARY', data });
const service = (name: string, ...values: readonly RegistryValue[]): RegistryNode => ({ path: `Services\\${name}`, values });

/** `known`: keys of services that the policy still knows. */
function createScene() {
  const known = new Set<string>();
  const security = createSecurity({ service: (name: string) => (known.has(name) ? {} : null) } as unknown as Pick<Policy, 'service'>);
  const take = (...nodes: readonly RegistryNode[]) => {
    security.take(buildRegistryModel(nodes));
    const { own, inherited, machine } = security.values;
    return { own: Object.fromEntries(own), inherited, machine };
  };
  return { known, security, take };
}

t.test(
  'SEC-002 SEC-010 KEY-018 a service has its own descriptor, the Services key has one for the others, Init one for the machine',
  async (t) => {
    const { security, take } = createScene();
    t.strictSame(security.values, { own: new Map(), inherited: null, machine: null }, 'before there is a registry');
    t.strictSame(
      take(
        { path: 'Services', values: [guards(bytes(1), 'servicesecurity')] },
        { path: 'Init', values: [guards(bytes(2), 'ControlSecurity'), guards(bytes(9))] },
        service('Web', guards(bytes(3))),
        service('db'),
        { path: 'Services\\Web\\TimerState', values: [guards(bytes(4))] },
      ),
      { own: { web: bytes(3) }, inherited: bytes(1), machine: bytes(2) },
    );
    t.strictSame(take(service('web')), { own: {}, inherited: null, machine: null }, 'a value that is taken out is gone');
  },
);

t.test('SEC-030 a mount is guarded by its entry, else as services are', async (t) => {
  const { take } = createScene();
  const entry = (name: string, point: string, ...values: readonly RegistryValue[]): RegistryNode => ({
    path: `Boot\\MOUNTS\\${name}`,
    values: [{ name: 'MountPoint', type: 'SZ', data: point }, ...values],
  });
  t.strictSame(
    take({ path: 'Services', values: [guards(bytes(1))] }, entry('one', '/Data', guards(bytes(2))), entry('two', '/other'), {
      path: 'Boot\\Mounts\\one\\below',
      values: [guards(bytes(4))],
    }),
    { own: { 'mount:/Data': bytes(2) }, inherited: bytes(1), machine: null },
  );
});

t.test('SEC-028 a value that can be no descriptor is kept as what it is: nobody falls back to another one', async (t) => {
  const { take } = createScene();
  const text: RegistryValue = { name: 'ServiceSecurity', type: 'SZ', data: 'O:SY' };
  t.strictSame(take(service('web', text), service('db', guards(bytes(1)), guards(bytes(2), 'SERVICESECURITY'))), {
    own: {
      web: { problem: 'is of type SZ, but must be REG_BINARY' },
      db: { problem: 'is there more than once; keep one' },
    },
    inherited: null,
    machine: null,
  });
});

t.test('SEC-002 OP-020 a definition that is removed takes no guard away from what still runs, and a new one brings its own', async (t) => {
  const { known, take } = createScene();
  take(service('web', guards(bytes(1))));
  known.add('web');
  t.strictSame(take().own, { web: bytes(1) });
  known.clear();
  t.strictSame(take().own, { web: bytes(1) }, 'what is told of it later is guarded as well');
  t.strictSame(take(service('WEB')).own, {});
});

t.test('SEC-002 of services that nobody knows any more only so many are remembered, the latest', async (t) => {
  const { known, take } = createScene();
  const names = Array.from({ length: 4100 }, (_, index) => `s${index}`);
  take(...names.map((name) => service(name, guards(bytes(1)))));
  known.add('s0');
  const left = Object.keys(take().own);
  t.strictSame([left.length, left.slice(0, 2)], [4097, ['s0', 's4']]);
});

t.test('SEC-002 a key that does not let peinit read it any more keeps the guard that it had', async (t) => {
  const { take } = createScene();
  take(service('web', guards(bytes(3))), service('db'));
  const denied = (name: string): RegistryNode => ({ path: `Services\\${name}`, values: [], denied: true });
  t.strictSame(take(denied('web'), denied('db')).own, { web: bytes(3) });
});
