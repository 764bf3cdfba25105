/** Program sections of supervisord as services. */
import { dirname } from 'node:path';
import type { Conversion, Entry, Remark, RemarkKind, SourceFile } from '../conversion.ts';
import { Draft, serviceName } from '../conversion.ts';
import { system } from '../identity.ts';
import { programKeys } from './program.ts';
import type { Section } from './sections.ts';
import { expand, readSections } from './sections.ts';

/** Sections that are no programs. */
const others: Readonly<Record<string, readonly [kind: RemarkKind, text: string]>> = {
  supervisord: ['needless', 'peinit itself has its settings below Machine\\System\\Init and Machine\\System\\Boot'],
  supervisorctl: ['needless', 'peiosctl finds the control socket by itself'],
  unix_http_server: ['needless', 'the control socket is /run/peinit/control.sock'],
  inet_http_server: ['lost', 'there is no control over the network: run peiosctl there, through ssh for instance'],
  rpcinterface: ['needless', 'peiosctl finds the control socket by itself'],
  ctlplugin: ['lost', 'peiosctl has no plug-ins: clients of the control socket do the same'],
  include: ['lost', 'give the files it names as well'],
  group: [
    'lost',
    'there are no groups: a Oneshot with RemainAfterExit that its members name in BindsTo is one; names with * choose several',
  ],
  eventlistener: ['lost', 'what happens is told by `peiosctl events --json`: a service can read it'],
  'fcgi-program': ['lost', 'there is no socket activation: start the program through spawn-fcgi, or have it open its socket itself'],
};

export function convertPrograms(files: readonly SourceFile[]): Conversion {
  const drafts: Draft[] = [];
  const remarks: Remark[] = [];
  const about = ({ file, line }: { file: string; line: number }, word: string, kind: RemarkKind, text: string): void =>
    void remarks.push({ kind, file, line, service: null, word, text });
  for (const file of files) {
    const { sections, strays } = readSections(file);
    for (const stray of strays) about(stray, stray.word, 'lost', 'this is neither a section nor KEY=VALUE');
    for (const section of sections) {
      if (section.kind === 'program') {
        drafts.push(...programs(section));
        continue;
      }
      const [kind, text] = others[section.kind] ?? ['lost', 'there is no such section here'];
      about(section, `[${section.kind}${section.name === '' ? '' : `:${section.name}`}]`, kind, text);
      for (const entry of section.entries) about(entry, entry.word, kind, 'it goes with its section');
    }
  }
  return {
    services: drafts.filter(({ fields }) => fields.imagePath !== undefined),
    remarks: [...drafts.flatMap((draft) => draft.remarks), ...remarks],
  };
}

const value = (section: Section, key: string): string | undefined => section.entries.find(({ word }) => word === key)?.value;

/** One service for each of numprocs. */
function programs(section: Section): readonly Draft[] {
  const count = Math.max(Number.parseInt(value(section, 'numprocs') ?? '1', 10) || 1, 1);
  const start = Number.parseInt(value(section, 'numprocs_start') ?? '0', 10) || 0;
  return Array.from({ length: count }, (_, index) => program(section, start + index, count > 1));
}

function program(section: Section, number: number, several: boolean): Draft {
  const names = new Map([
    ['program_name', section.name],
    ['group_name', section.name],
    ['process_num', String(number)],
    ['here', dirname(section.file)],
  ]);
  for (const [key, text = ''] of Object.entries(process.env)) names.set(`ENV_${key}`, text);
  const pattern = value(section, 'process_name') ?? '%(program_name)s';
  const own = expand(pattern, names).value;
  const draft = new Draft(serviceName(several || own !== section.name ? (own === section.name ? `${own}-${number}` : own) : section.name));
  // What supervisord does where nothing is said.
  Object.assign(draft.fields, {
    identity: system,
    readiness: 'Alive',
    triggers: ['boot'],
    restartPolicy: 'OnFailure',
    restartMaxRetries: 3,
  });
  // The command comes first: some keys wrap it.
  const ordered = [...section.entries].sort((left, right) => Number(right.word === 'command') - Number(left.word === 'command'));
  for (const entry of ordered) draft.handle(entry, () => key(draft, entry, names));
  if (draft.fields.imagePath === undefined)
    draft.lost({ ...section, word: `[program:${section.name}]` }, 'it has no command: it is left out');
  return draft;
}

function key(draft: Draft, entry: Entry, names: ReadonlyMap<string, string>): void {
  const handler = Object.hasOwn(programKeys, entry.word) ? programKeys[entry.word] : undefined;
  if (handler === undefined) return draft.lost(entry, 'it is no key of a program');
  const { value: filled, unknown } = expand(entry.value, names);
  if (unknown.length > 0) return draft.lost(entry, `nothing stands for ${unknown.join(' and ')} here; write the value itself`);
  handler(draft, { ...entry, value: filled });
}
