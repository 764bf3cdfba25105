import { constants } from 'node:os';
import type { Shim } from '../../linux/shim.ts';

/** Words to the one who started us. While a thousand programs start at once its socket is full: a word waits then, and is not lost. */
export interface Notifier {
  ready(): void;
  /** In one line for people. One that is not sent yet makes way for the next. */
  status(text: string): void;
}

/** A full socket is tried again so soon, later each time. */
const firstPauseMs = 1;
const longestPauseMs = 20;
const statusName = 'STATUS=';
const { EAGAIN } = constants.errno;

/** Without a socket in the environment nobody wants to know. */
export function createNotifier(name: string, shim: Pick<Shim, 'sendDatagram'>, environment: NodeJS.ProcessEnv): Notifier {
  const path = environment['NOTIFY_SOCKET'] ?? '';
  let words: readonly string[] = [];
  let pauseMs = firstPauseMs;
  let waits = false;

  function flush(): void {
    waits = false;
    for (let [word, ...others] = words; word !== undefined; [word, ...others] = words) {
      const result = shim.sendDatagram(path, Buffer.from(`${word}\n`), new Int32Array(0));
      if (result === -EAGAIN) {
        waits = true;
        setTimeout(flush, pauseMs).unref();
        pauseMs = Math.min(2 * pauseMs, longestPauseMs);
        return;
      }
      if (result < 0) console.error(`${name}: ${word} could not be sent to ${path}: errno ${-result}`);
      words = others;
      pauseMs = firstPauseMs;
    }
  }

  function say(word: string, before: readonly string[]): void {
    if (path === '') return;
    words = [...before, word];
    if (!waits) flush();
  }

  return {
    ready: () => say('READY=1', words),
    status(text) {
      const others = words.filter((word) => !word.startsWith(statusName));
      say(`${statusName}${text.replaceAll('\n', ' ')}`, others);
    },
  };
}
