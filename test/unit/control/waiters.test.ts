/** Clients that wait for an operation: each is answered once, and nothing of it is kept. */
import t from 'tap';
import type { Client, PolicyReader } from '../../../src/control/client.ts';
import type { WaitEnd } from '../../../src/control/waiters.ts';
import { createWaiters } from '../../../src/control/waiters.ts';
import type { OperationRecord } from '../../../src/policy/operation.ts';

type Change = Partial<Pick<OperationRecord, 'state' | 'result' | 'mergedInto'>>;

function createScene() {
  const operations = new Map<string, OperationRecord>();
  const services = new Map<string, object>();
  const policy = {
    operation: (id: string) => operations.get(id) ?? null,
    service: (name: string) => services.get(name) ?? null,
  } as unknown as PolicyReader;
  const waiters = createWaiters(policy);
  const answers: string[] = [];
  const client = (name: string): Client => ({ answer: (text: string) => void answers.push(`${name} ${text}`) }) as unknown as Client;
  const text = (end: WaitEnd): string =>
    end.kind === 'lost' ? `lost ${end.operation}` : `over ${end.operation.id} ${end.state} ${end.cause}`;
  const operation = (id: string, change: Change): OperationRecord => {
    const record = { id, state: 'running', result: null, mergedInto: null, ...change } as OperationRecord;
    operations.set(id, record);
    return record;
  };
  const wait = (name: string, id: string, service = 'web'): Client => {
    const one = client(name);
    waiters.wait(one, id, service, { state: 'starting', cause: null }, text);
    return one;
  };
  const change = (id: string, to: Change): void =>
    waiters.operationChanged({ kind: 'operation-changed', operation: operation(id, to) } as never);
  const serviceIs = (service: string, to: string, cause: string): void =>
    waiters.serviceChanged({ kind: 'service-changed', service, to, cause } as never);
  const discard = (service: string): void => waiters.serviceDiscarded({ kind: 'service-discarded', service, key: service } as never);
  const took = (): string[] => answers.splice(0);
  return { waiters, operations, services, operation, wait, change, serviceIs, discard, took };
}

t.test('CMD-001 every client of an operation is answered once, with what its service was when the operation ended', async (t) => {
  const { waiters, operation, wait, change, serviceIs, took } = createScene();
  for (const id of ['a', 'b']) operation(id, {});
  wait('one', 'a');
  wait('two', 'a');
  wait('other', 'b', 'db');
  t.equal(waiters.size, 3);
  serviceIs('web', 'active', 'explicit_start');
  change('a', { state: 'running' });
  t.strictSame(took(), []);
  change('a', { state: 'completed', result: 'active' });
  serviceIs('web', 'stopping', 'explicit_stop');
  change('a', { state: 'completed', result: 'active' });
  t.strictSame(took(), ['one over a active explicit_start', 'two over a active explicit_start']);
  t.equal(waiters.size, 1);
  change('b', { state: 'completed', result: 'active' });
  t.strictSame(took(), ['other over b active null'], 'nothing became of its own service meanwhile');
  t.equal(waiters.size, 0);
});

t.test('an operation without a result is over with what the service is by then, or was when it was last seen', async (t) => {
  const { services, operation, wait, change, serviceIs, took } = createScene();
  for (const id of ['a', 'b']) operation(id, {});
  services.set('web', { state: 'failed', cause: 'process_crash' });
  wait('one', 'a');
  change('a', { state: 'failed' });
  t.strictSame(took(), ['one over a failed process_crash']);
  services.clear();
  wait('two', 'b');
  serviceIs('web', 'skipped', 'condition_unmet');
  change('b', { state: 'cancelled' });
  t.strictSame(took(), ['two over b skipped condition_unmet']);
});

t.test('an operation that is over, and one that is not known, are answered at once', async (t) => {
  const { waiters, operation, wait, took } = createScene();
  operation('a', { state: 'completed', result: 'active' });
  wait('one', 'a');
  wait('two', 'nobody');
  t.strictSame(took(), ['one over a active null', 'two lost nobody']);
  t.equal(waiters.size, 0);
});

t.test('an operation that joined another ends with that one, however often it is heard of again', async (t) => {
  const { waiters, operation, wait, change, took } = createScene();
  for (const id of ['a', 'b', 'c']) operation(id, {});
  wait('one', 'a');
  wait('two', 'b');
  change('a', { state: 'merged', mergedInto: 'b' } as never);
  change('a', { state: 'merged', mergedInto: 'b' } as never);
  t.strictSame(took(), []);
  change('b', { state: 'merged', mergedInto: 'c' } as never);
  change('c', { state: 'completed', result: 'active' });
  t.strictSame(took().sort(), ['one over c active null', 'two over c active null']);
  for (const id of ['a', 'b', 'c']) change(id, { state: 'completed', result: 'active' });
  t.strictSame(took(), []);
  t.equal(waiters.size, 0);
});

t.test('when a service is discarded those who wait for what is lost with it are told, and no others', async (t) => {
  const { operations, operation, wait, discard, took } = createScene();
  for (const id of ['a', 'b', 'c', 'd']) operation(id, {});
  wait('lost', 'a');
  wait('over', 'b');
  wait('goes on', 'c');
  wait('other', 'd', 'db');
  operations.delete('a');
  operations.delete('d');
  operation('b', { state: 'completed', result: 'inactive' });
  discard('web');
  t.strictSame(took(), ['lost lost a', 'over over b inactive null']);
  discard('web');
  discard('nobody');
  t.strictSame(took(), []);
  discard('db');
  t.strictSame(took(), ['other lost d']);
});

t.test('who has left is not answered', async (t) => {
  const { waiters, operation, wait, change, discard, serviceIs, took } = createScene();
  operation('a', {});
  const one = wait('one', 'a');
  wait('two', 'a');
  waiters.forget(one);
  waiters.forget(one);
  t.equal(waiters.size, 1);
  serviceIs('web', 'active', 'explicit_start');
  serviceIs('nobody', 'active', 'explicit_start');
  change('a', { state: 'completed', result: 'active' });
  change('nobody', { state: 'completed', result: 'active' });
  discard('web');
  t.strictSame(took(), ['two over a active explicit_start']);
});
