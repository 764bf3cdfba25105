/** The other end of the result channel, inside the machine: shell scripts that run the command and tell its status. */

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** What COMMAND is, as a script. */
export const commandScript = (command: readonly string[]): string => `#!/bin/sh\nexec ${command.map(quote).join(' ')}\n`;

/** Marks the end of COMMAND's output, followed by its status. */
export const endMark = (token: string): string => `\u001epeinit-vm ${token} `;

/** Waits until the machine has settled, runs COMMAND with its output on the second serial line, tells its status, and powers off. */
export const agentScript = (token: string): string => `#!/bin/sh
exec 3<>/dev/ttyS1
stty raw -echo <&3
peiosctl machine-status --wait >/dev/null 2>&1
cd /root
/usr/lib/peinit/vm-command </dev/null >&3 2>&1
status=$?
printf '${endMark(token)}%s\\n' "$status" >&3
peiosctl shutdown poweroff
`;
