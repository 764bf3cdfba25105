/**
 * The other end of the result channel, inside the machine. The command comes as a shell script on a second disk, so that an image that is
 * kept is never written to from outside: after a power cut its journal is the kernel's to replay.
 */
import { secondDevice } from './qemu.ts';

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Marks the end of COMMAND's output, followed by its status. */
export const endMark = (token: string): string => `\u001epeinit-vm ${token} `;

/** As long as peinit-sandbox waits before it goes on all the same. */
const settleTimeoutSeconds = 120;

/**
 * Waits until the machine has settled, runs COMMAND with its output on the second serial line, tells its status, and powers off: with a
 * signal, since one more program takes a second under software emulation.
 */
const agentScript = (command: readonly string[], token: string, colours: boolean): string => `exec 3<>/dev/ttyS1
stty raw -echo <&3
timeout ${settleTimeoutSeconds} peiosctl machine-status --wait >/dev/null 2>&1
[ $? != 143 ] || echo 'peinit-vm: the machine has not settled after ${settleTimeoutSeconds} s; going on' >/dev/console
${colours ? '' : 'export NO_COLOR=1'}
cd /root
(exec ${command.map(quote).join(' ')}) </dev/null >&3 2>&1 3>&-
status=$?
printf '${endMark(token)}%s\\n' "$status" >&3
kill -PWR 1
exit
`;

/** The service that runs it, where there is a command to run. */
export const agentService = {
  Identity: 'SYSTEM',
  Description: 'Runs the command of peinit-vm',
  Triggers: ['boot'],
  // Whoever asks for a command wants it in Safe mode too.
  SafeMode: 1,
  Conditions: [`path:${secondDevice}`],
  ImagePath: '/bin/sh',
  Arguments: ['-c', `exec sh "/dev/$(basename ${secondDevice}/virtio*/block/*)"`],
  Readiness: 'Alive',
  RestartPolicy: 'Never',
} as const;

const blockBytes = 4096;

/**
 * What the second disk holds: the script, filled up to whole blocks with what it never reads. The serial line is a terminal to COMMAND,
 * which is told when nobody sees its colours.
 */
export function commandDisk(command: readonly string[], token: string, colours: boolean): string {
  const script = agentScript(command, token, colours);
  const bytes = Buffer.byteLength(script);
  return script + '\n'.repeat(Math.ceil(bytes / blockBytes) * blockBytes - bytes);
}
