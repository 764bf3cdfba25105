import type { Command } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { UsageError } from '../usage-error.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

export const completion: Command = {
  text: 'Prints a script that lets a shell complete commands and live names.',
  group: 'other',
  peer: null,
  arguments: [{ name: shells.join('|'), is: { kind: 'words', words: shells }, text: 'which shell' }],
  examples: [
    { line: 'completion bash >/etc/bash_completion.d/peiosctl', text: 'for every bash that starts' },
    { line: 'completion zsh >/usr/local/share/zsh/site-functions/_peiosctl', text: 'for every zsh' },
    { line: 'completion fish >/etc/fish/completions/peiosctl.fish', text: 'for every fish' },
  ],
  async run(context) {
    const [word = ''] = context.arguments;
    const shell = shells.find((name) => name === word);
    if (shell === undefined) throw new UsageError(`${word} is none of ${shells.join(', ')}`);
    const { completionScript } = await import('../completion/scripts.ts');
    process.stdout.write(completionScript(shell));
    return exitStatus.done;
  },
};
