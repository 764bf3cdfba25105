import { resolve } from 'node:path';
import { placed } from '../../../../src/seed/seed-error.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { painter } from '../../paint.ts';
import type { OtherVerb } from '../../verb-groups.ts';
import { findingsIn } from '../../verify/findings.ts';

export const verify: OtherVerb = {
  text: 'Finds what is wrong with registry files, without a machine: what peinit would refuse, and what only a boot would show.',
  more: [
    'Several files form one registry, later ones win value by value, on top of what a registry begins with. ' +
      'It looks for names that are not defined, with the one that may be meant, for commands that cannot be run, identities that there ' +
      'are not, timers that never fire again, services that nothing starts, cycles, and conflicts in the boot.',
  ],
  peer: null,
  arguments: [{ name: 'FILE', is: { kind: 'file' }, text: 'registry files in YAML or JSON, - for standard input', count: 'several' }],
  options: ['root', 'no-base', 'warnings-as-errors', 'json'],
  exits: { failed: 'errors were found, or warnings with --warnings-as-errors' },
  examples: [
    { line: 'analyze verify web.yaml db.yaml', text: 'two files that belong together, for this machine' },
    { line: 'analyze verify -W --root ./image services.yaml', text: 'in the build of an image, without mercy' },
  ],
  async run(context, words) {
    const { color, json, values } = context.options;
    const all = await findingsIn(words, resolve(values.root ?? '/'), values['no-base'] !== true);
    const paint = painter(color);
    for (const finding of all) {
      const { file, key, line, message, severity, value } = finding;
      if (json) context.print(JSON.stringify({ severity, file, line, key, value, message }));
      else {
        const shown = paint(severity === 'error' ? 'red' : 'yellow', severity);
        context.print(`${placed(file, line)}: ${shown}: ${context.shown(message)}`);
      }
    }
    const errors = all.filter(({ severity }) => severity === 'error').length;
    const warnings = all.length - errors;
    if (!json && all.length > 0) context.complain(`${counted(errors, 'error')}, ${counted(warnings, 'warning')}`);
    if (!json && all.length === 0) context.print(`nothing is wrong with ${words.length === 1 ? 'it' : 'them'}`);
    return errors > 0 || (warnings > 0 && values['warnings-as-errors'] === true) ? exitStatus.failed : exitStatus.done;
  },
};

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
