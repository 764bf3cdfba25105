/** Words about processes and times. */
import t from 'tap';
import { exitWords, secondsWords } from '../../../src/policy/details.ts';

t.test('CAUSE-028 how a process ended is told with the name of its signal, where that has one', async (t) => {
  t.equal(exitWords(3, null, false), 'exited with code 3');
  t.equal(exitWords(null, 11, true), 'was killed by SIGSEGV (11), core dumped');
  t.equal(exitWords(null, 9, false), 'was killed by SIGKILL (9)');
  t.equal(exitWords(null, 19, false), 'was killed by SIGSTOP (19)');
  t.equal(exitWords(null, 40, false), 'was killed by signal 40');
});

t.test('one second is a second', async (t) => {
  t.strictSame([0, 1, 2].map(secondsWords), ['0 seconds', '1 second', '2 seconds']);
});
