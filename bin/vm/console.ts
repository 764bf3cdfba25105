import type { Readable, Writable } from 'node:stream';

export interface WatchedConsole {
  /** What it has shown so far, the beginning left out when it is long. */
  text(): string;
  /** Whether peinit has said anything yet; its lines are told from the kernel's by the digits of their time. */
  peinitSpoke(): boolean;
  recovered(): boolean;
  /** Calls once, at once when it has happened already. */
  onRecovery(act: () => void): void;
  onHalt(act: () => void): void;
}

/** Text kept to look at; lines are shorter. */
const keptCharacters = 8192;

/** Shows what the machine writes to its console, and notices the two ends that QEMU does not. */
export function watchConsole(from: Readable | null, to: Writable): WatchedConsole {
  const recovery = happening();
  const halt = happening();
  const speech = happening();
  let text = '';
  from?.on('data', (bytes: Buffer) => {
    to.write(bytes);
    text = (text + bytes.toString('latin1')).slice(-keptCharacters);
    if (/^\[ *\d+\.\d{3}\] /m.test(text)) speech.happened();
    if (/\] recovery mode\r?\n[^\n]*reason: [^\n]*\n/.test(text)) recovery.happened();
    if (/reboot: System halted/.test(text)) halt.happened();
  });
  return { text: () => text, peinitSpoke: speech.yet, recovered: recovery.yet, onRecovery: recovery.on, onHalt: halt.on };
}

function happening(): { happened(): void; yet(): boolean; on(act: () => void): void } {
  const acts: (() => void)[] = [];
  let yet = false;
  return {
    happened() {
      if (yet) return;
      yet = true;
      for (const act of acts) act();
    },
    yet: () => yet,
    on(act) {
      if (yet) act();
      else acts.push(act);
    },
  };
}

export interface Keyboard {
  /** There is nothing more to come. */
  onEnd(act: () => void): void;
  close(): void;
}

const controlC = 3;

/** What is typed here goes to the machine's console, which echoes it; only Ctrl-C stays here. */
export function connectKeyboard(to: Writable | null, interrupt: () => void): Keyboard {
  const { stdin } = process;
  const terminal = stdin.isTTY === true;
  if (terminal) stdin.setRawMode(true);
  to?.on('error', () => undefined);
  stdin.on('data', (bytes: Buffer) => {
    if (!terminal) return void to?.write(bytes);
    const rest = bytes.filter((byte) => byte !== controlC);
    for (let missing = bytes.length - rest.length; missing > 0; missing--) interrupt();
    if (rest.length > 0) to?.write(rest);
  });
  stdin.on('error', () => undefined);
  return {
    onEnd: (act) => void stdin.once('end', act),
    close() {
      if (terminal) stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
