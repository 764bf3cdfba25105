import t from 'tap';
import type { SimulatedProcess } from '../../../src/linux/simulated/processes.ts';
import { openFile } from '../../../src/linux/simulated/world.ts';
import type { Values } from '../../support/fake-registryd.ts';
import { servicesKey } from '../../support/fake-registryd.ts';
import { only } from '../../support/lists.ts';
import { createScene, service as definition, withServices } from '../../support/simulated-peinit.ts';

/** A machine with one service; `main` is its process. */
function createService(values: Values = {}) {
  const scene = createScene({ tree: withServices({ app: definition('/bin/app', { Triggers: ['boot'], FdStoreMax: 4, ...values }) }) });
  const started: SimulatedProcess[] = [];
  scene.program('/bin/app', (process) => {
    started.push(process);
  });
  scene.boot();
  scene.run(50);
  const main = (): SimulatedProcess => started.at(-1) as SimulatedProcess;
  const released: string[] = [];
  const file = (name: string) => openFile('file', { released: () => released.push(name) });
  const status = () => scene.ask({ command: 'status', service: 'app' });
  const say = (text: string, ...names: readonly string[]): void => {
    main().notify(text, names.map(file));
    scene.run(50);
  };
  return { ...scene, started, main, released, status, say };
}

t.test('NTF-018 NTF-019 MAINPID and BUSERROR change nothing: the process that was started stays the supervised one', async (t) => {
  const service = createService();
  const child = service.main().fork(() => undefined);
  service.say(`MAINPID=${child.pid}\nBUSERROR=org.example\nSTATUS=here`);
  t.match(service.status(), { status_text: 'here', current_job: { pid: service.main().pid } });
  service.main().die(11);
  service.run(100);
  t.match(service.status(), { state: 'backoff', cause: 'process_crash' });
});

t.test(
  'NTF-017 NTF-023 NTF-025 FDS-006 descriptors are kept by FDSTORE, named by FDNAME, dropped by FDSTOREREMOVE; FDNAME alone does nothing',
  async (t) => {
    const service = createService();
    service.say('FDSTORE=1\nFDNAME=one\nFDPOLL=0', 'a');
    service.say('FDSTORE=1\nFDNAME=two', 'b', 'c');
    service.say('FDNAME=one');
    t.strictSame(service.status().stored_descriptors, ['one', 'two', 'two']);
    service.say('FDSTOREREMOVE=1\nFDNAME=two');
    t.strictSame(service.status().stored_descriptors, ['one']);
    t.strictSame([...service.released].sort(), ['b', 'c']);
    service.say('STATUS=no store', 'd');
    t.ok(service.released.includes('d'), 'descriptors without FDSTORE are closed');
    t.strictSame(only(service.status(), 'stored_descriptors', 'status_text'), { stored_descriptors: ['one'], status_text: 'no store' });
  },
);

t.test('FDS-013 FDS-014 kept descriptors outlive a crash and a reset, and go with the definition once its service has ended', async (t) => {
  const service = createService({ RestartPolicy: 0 });
  service.say('FDSTORE=1\nFDNAME=one', 'a');
  service.main().die(9);
  service.run(100);
  t.strictSame(only(service.status(), 'state', 'stored_descriptors'), { state: 'failed', stored_descriptors: ['one'] });
  service.ask({ command: 'reset', service: 'app' });
  t.strictSame(only(service.status(), 'state', 'stored_descriptors'), { state: 'inactive', stored_descriptors: ['one'] });
  service.ask({ command: 'start', service: 'app' });
  service.run(50);
  t.equal(service.main().environment.get('LISTEN_FDNAMES'), 'one');
  service.say('FDSTORE=1\nFDNAME=again', 'b');
  service.registryd.silently(() => service.registryd.deleteKey(`${servicesKey}\\app`));
  t.strictSame(service.ask({ command: 'reload-config' }).summary, {
    added: [],
    updated: [],
    restored: [],
    marked_removed: ['app'],
    discarded: [],
  });
  t.notOk(service.released.includes('b'), 'not while it runs');
  service.main().exit(0);
  service.run(100);
  t.match(service.status(), { code: 'UNKNOWN_SERVICE' });
  t.ok(service.released.includes('b'));
});

t.test('FDS-012 a shutdown closes what was kept for a service, at the begin of its stop', async (t) => {
  const service = createService();
  service.main().onSignal(15, () => undefined);
  service.say('FDSTORE=1\nFDNAME=one', 'a');
  t.strictSame(service.released, []);
  service.signals.raise(15, 0, 0);
  service.run(50);
  t.strictSame(only(service.status(), 'state', 'stored_descriptors'), { state: 'stopping', stored_descriptors: [] });
  t.strictSame(service.released, ['a']);
});

t.test('OP-001 each accepted command is an operation that is requested before anything of it happens', async (t) => {
  const service = createService({ RestartPolicy: 0 });
  const client = service.client();
  client.send({ command: 'subscribe', events: ['operation.*', 'service.state'] });
  service.run(50);
  const steps: { readonly [C in 'stop' | 'start' | 'restart' | 'reload' | 'reset']: string } = {
    stop: 'active>stopping',
    start: 'inactive>starting',
    restart: 'active>stopping',
    reload: 'active>reloading',
    reset: 'failed>inactive',
  };
  for (const [command, first] of Object.entries(steps)) {
    if (command === 'reload') service.main().onSignal(1, () => undefined);
    if (command === 'reset') service.main().die(9);
    service.run(50);
    client.stream.takeLines();
    service.ask({ command, service: 'app', ...(command === 'reset' ? {} : { wait: true }) });
    service.run(50);
    const lines = client.stream.takeLines().map((line) => JSON.parse(line) as { event: string; payload: Record<string, unknown> });
    t.match(lines[0], { event: 'operation.requested', payload: { type: command } }, command);
    const change = lines.find(({ event }) => event === 'service.state')?.payload;
    t.equal(`${change?.['from']}>${change?.['to']}`, first);
    t.match(lines.at(-1), { event: 'operation.completed' });
  }
});
