/** The other end of the result channel, inside the machine: shell scripts that run the command and tell its status. */

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** What COMMAND is, as a script. */
const commandScript = (command: readonly string[]): string => `#!/bin/sh\nexec ${command.map(quote).join(' ')}\n`;

/** Marks the end of COMMAND's output, followed by its status. */
export const endMark = (token: string): string => `\u001epeinit-vm ${token} `;

/** Waits until the machine has settled, runs COMMAND with its output on the second serial line, tells its status, and powers off. */
const agentScript = (token: string): string => `#!/bin/sh
exec 3<>/dev/ttyS1
stty raw -echo <&3
peiosctl machine-status --wait >/dev/null 2>&1
cd /root
sh /usr/lib/peinit/vm-command </dev/null >&3 2>&1
status=$?
printf '${endMark(token)}%s\\n' "$status" >&3
peiosctl shutdown poweroff
`;

/** The service that runs it, where there is a command to run. */
export const agentService = {
  Identity: 'SYSTEM',
  Description: 'Runs the command of peinit-vm',
  Triggers: ['boot'],
  Conditions: ['file:/usr/lib/peinit/vm-command'],
  ImagePath: '/bin/sh',
  Arguments: ['/usr/lib/peinit/vm-agent'],
  Readiness: 'Alive',
  RestartPolicy: 'Never',
} as const;

/** Path in the image and content of each script. */
export const scripts = (command: readonly string[], token: string): readonly (readonly [string, string])[] => [
  ['usr/lib/peinit/vm-command', commandScript(command)],
  ['usr/lib/peinit/vm-agent', agentScript(token)],
];
