import t from 'tap';
import type { Client } from '../../../src/control/client.ts';
import { createMachineWaiters } from '../../../src/control/machine-waiters.ts';

t.test('BOOT-092 who waits for the machine is answered once, and who has left is not', async (t) => {
  const answers: string[] = [];
  const clients = ['one', 'two', 'gone'].map((name) => {
    const client = { name, answer: (text: string) => void answers.push(text) };
    return client as unknown as Client & { readonly name: string };
  });
  const waiters = createMachineWaiters();
  for (const client of clients) waiters.wait(client);
  waiters.forget(clients[2]!);
  t.equal(waiters.size, 2);
  const answerAll = (): void => waiters.answerAll((client) => `to ${(client as unknown as { name: string }).name}, ${waiters.size} left`);
  answerAll();
  t.strictSame(answers, ['to one, 0 left', 'to two, 0 left']);
  answerAll();
  t.strictSame([answers.length, waiters.size], [2, 0]);
});
