import type { Readable, Writable } from 'node:stream';

export interface WatchedConsole {
  /** What it has shown so far, the beginning left out when it is long. */
  text(): string;
  /** Whether peinit has said anything yet; its lines are told from the kernel's by the digits of their time. */
  peinitSpoke(): boolean;
  recovered(): boolean;
  /** Calls once Recovery has said what it had to say, at once when that is so already. */
  onRecovery(act: () => void): void;
  onHalt(act: () => void): void;
}

/** Text kept to look at; lines are shorter. */
const keptCharacters = 8192;
/** Recovery has said what it has to say when its console is silent for so long, and in any case after the limit. */
const silenceMs = 300;
const silenceLimitMs = 3000;

/** Shows what the machine writes to its console, and notices the two ends that QEMU does not. */
export function watchConsole(from: Readable | null, to: Writable): WatchedConsole {
  const halt = happening();
  const speech = happening();
  const recoveryTold = happening();
  let text = '';
  let recoverySince: number | null = null;
  let silence: NodeJS.Timeout | undefined;
  function awaitSilence(since: number): void {
    clearTimeout(silence);
    silence = setTimeout(recoveryTold.happened, Math.max(0, Math.min(silenceMs, since + silenceLimitMs - Date.now())));
  }
  from?.on('data', (bytes: Buffer) => {
    to.write(bytes);
    text = (text + bytes.toString('latin1')).slice(-keptCharacters);
    if (/^\[ *\d+\.\d{3}\] /m.test(text)) speech.happened();
    if (/\] recovery mode\r?\n[^\n]*reason: [^\n]*\n/.test(text)) recoverySince ??= Date.now();
    if (recoverySince !== null) awaitSilence(recoverySince);
    if (/reboot: System halted/.test(text)) halt.happened();
  });
  from?.on('close', () => clearTimeout(silence));
  return {
    text: () => text,
    peinitSpoke: speech.yet,
    recovered: () => recoverySince !== null,
    onRecovery: (act) =>
      recoveryTold.on(() => {
        // The shell's prompt is no line.
        if (!text.endsWith('\n')) to.write('\n');
        act();
      }),
    onHalt: halt.on,
  };
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
