/** Lines of a Procfile, NAME: COMMAND, as services. */
import { tellIfSearched } from './advice.ts';
import { plainProgram, shellProgram } from './commands.ts';
import type { Conversion, Remark, SourceFile } from './conversion.ts';
import { Draft, serviceName } from './conversion.ts';
import { needsShell, splitWords } from './words.ts';

/** foreman gives the first process type this port, and each further one a hundred more. */
const firstPort = 5000;
const portStep = 100;

export function convertProcfiles(files: readonly SourceFile[]): Conversion {
  const drafts: Draft[] = [];
  const remarks: Remark[] = [];
  for (const { name: file, text } of files) {
    for (const [index, raw] of text.split(/\r?\n/).entries()) {
      const line = index + 1;
      if (raw.trim() === '' || /^\s*#/.test(raw)) continue;
      const [, name, command = ''] = /^\s*([A-Za-z0-9_-]+)\s*:\s*(.+)$/.exec(raw) ?? [];
      if (name === undefined) {
        remarks.push({ kind: 'lost', file, line, service: null, word: raw.trim(), text: 'this is no NAME: COMMAND' });
        continue;
      }
      drafts.push(processType(file, line, name, command.trim(), firstPort + portStep * drafts.length));
    }
  }
  return { services: drafts, remarks: [...drafts.flatMap((draft) => draft.remarks), ...remarks] };
}

function processType(file: string, line: number, name: string, command: string, port: number): Draft {
  const draft = new Draft(serviceName(name));
  const entry = { file, line, word: name, value: command };
  Object.assign(draft.fields, { triggers: ['boot'] });
  const split = needsShell(command) ? null : splitWords(command);
  const words = split?.length === 0 ? null : split;
  // exec: the program and not a shell in front of it hears of a stop. A line of more than one command keeps its shell.
  const simple = !/[|&;<>()`\n]/.test(command) && !/^\s*(?:exec|cd|if|for|while|[A-Za-z_][A-Za-z0-9_]*=)\b/.test(command);
  const program = words === null ? shellProgram(simple ? `exec ${command}` : command) : plainProgram(words);
  draft.set('imagePath', program.imagePath);
  draft.set('arguments', program.arguments);
  tellIfSearched(draft, entry, words?.[0]);
  if (name === 'release') {
    draft.set('type', 'Oneshot');
    draft.set('remainAfterExit', true);
    draft.changed(entry, 'it runs once at boot; name it in Requires of what must wait for it');
  } else {
    draft.set('readiness', 'Alive');
    draft.set('restartPolicy', 'Always');
  }
  draft.append('environment', `PORT=${port}`);
  draft.changed(entry, `PORT is ${port}, as foreman has it; choose your own in Environment`);
  draft.changed(entry, 'it is LocalService, which reads what everybody may; an Identity that owns files is an account');
  draft.changed(entry, 'it runs in /: WorkingDirectory is the directory of the application; a .env file is an EnvironmentFile');
  return draft;
}
