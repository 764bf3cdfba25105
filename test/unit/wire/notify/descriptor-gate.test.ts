import t from 'tap';
import { createDescriptorGate } from '../../../../src/wire/notify/descriptor-gate.ts';

/** Two sockets, and a loop whose deadlines the test lets pass. */
function createScene() {
  let waiting = 0;
  const passed: string[] = [];
  const warnings: string[] = [];
  const deadlines: { readonly instant: bigint; readonly handler: () => void }[] = [];
  const gate = createDescriptorGate({
    kernel: {
      monotonicNs: () => 5_000_000_000n,
      waitingCloses: () => waiting,
      passDescriptors(fd, on) {
        passed.push(`${fd} ${on ? 'on' : 'off'}`);
        return 0;
      },
    },
    loop: {
      watch: () => t.fail('nothing is to be watched') as never,
      at(instant, handler) {
        deadlines.push({ instant, handler });
        return { cancel: () => undefined };
      },
      atRealtime: () => ({ cancel: () => undefined }),
      onClockSet: () => undefined,
      beforeDeadlines: () => undefined,
      defer: () => undefined,
    },
    sockets: () => [3, 4],
    warn: (text) => void warnings.push(text),
  });
  const check = (count: number): readonly string[] => {
    waiting = count;
    gate.check();
    return passed.splice(0);
  };
  const pass = (count: number): readonly string[] => {
    waiting = count;
    deadlines.shift()?.handler();
    return passed.splice(0);
  };
  return { gate, check, pass, passed, warnings, deadlines };
}

t.test('senders may attach descriptors until more than 1024 wait, and again when few do; a warning comes once', async (t) => {
  const { check, pass, warnings, deadlines } = createScene();
  t.strictSame(check(1024), []);
  t.strictSame(check(1025), ['3 off', '4 off']);
  t.strictSame(check(1026), [], 'once is enough');
  t.equal(warnings.length, 1);
  t.strictSame(
    deadlines.map(({ instant }) => instant),
    [5_250_000_000n],
  );
  t.strictSame(pass(257), [], 'still many');
  t.strictSame(pass(256), ['3 on', '4 on']);
  t.equal(deadlines.length, 0, 'and nothing is looked at any more');
  t.strictSame(check(1025), ['3 off', '4 off']);
  t.equal(warnings.length, 1);
});

t.test('a socket that is bound meanwhile refuses descriptors too', async (t) => {
  const { gate, check, passed } = createScene();
  gate.joined(5);
  t.strictSame(passed, []);
  check(2000);
  gate.joined(5);
  t.strictSame(passed, ['5 off']);
});
