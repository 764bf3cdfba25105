/** Services of a Compose file as services of peinit. */
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Conversion, Remark, SourceFile } from '../conversion.ts';
import { Draft, serviceName } from '../conversion.ts';
import { system } from '../identity.ts';
import type { ComposeEntry, Data } from './data.ts';
import { isObject, textOf } from './data.ts';
import { settleIdentity } from './identity.ts';
import { interpolate } from './interpolation.ts';
import { serviceKeys } from './service-keys.ts';

/** Top-level keys beside services. */
const topLevel: Readonly<Record<string, readonly [kind: 'lost' | 'needless', text: string]>> = {
  version: ['needless', 'it says nothing'],
  name: ['needless', 'a machine has no project names'],
  volumes: ['lost', 'services see the files of the machine: make the directories with an ExecStartPre or a Oneshot'],
  networks: ['lost', 'all services of a machine share its network'],
  secrets: ['lost', 'put secrets into files that the program reads, or into an EnvironmentFile'],
  configs: ['lost', 'put the files where the program looks for them'],
  include: ['lost', 'give the files it names as well'],
};

export function convertCompose(files: readonly SourceFile[]): Conversion {
  const drafts = new Map<string, Draft>();
  const remarks: Remark[] = [];
  for (const source of files) readFile(source, drafts, remarks);
  return {
    services: [...drafts.values()].filter(({ fields }) => fields.imagePath !== undefined),
    remarks: [...[...drafts.values()].flatMap((draft) => draft.remarks), ...remarks],
  };
}

function readFile({ name: file, text }: SourceFile, drafts: Map<string, Draft>, remarks: Remark[]): void {
  const lines = new LineCounter();
  const document = parseDocument(text, { merge: true, lineCounter: lines, uniqueKeys: false });
  const [error] = document.errors;
  const tell = (line: number, word: string, kind: Remark['kind'], message: string): void =>
    void remarks.push({ kind, file, line, service: null, word, text: message });
  if (error !== undefined)
    return tell(lines.linePos(error.pos[0]).line, file, 'lost', `it cannot be read: ${error.message.split('\n')[0]}`);
  let root: unknown;
  try {
    root = document.toJS({ maxAliasCount: 1000 });
  } catch (caught) {
    return tell(
      1,
      file,
      'lost',
      `it cannot be read: ${caught instanceof RangeError ? 'an alias contains itself' : (caught as Error).message}`,
    );
  }
  if (!isObject(root) || !isMap(document.contents)) return tell(1, file, 'lost', 'this is no Compose file: it is no map');

  const lineOf = (...path: readonly string[]): number => {
    const parent = path.length > 1 ? document.getIn(path.slice(0, -1)) : document.contents;
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1)) : undefined;
    const range = isScalar(pair?.key) ? pair.key.range : undefined;
    return range === null || range === undefined ? (path.length > 1 ? lineOf(...path.slice(0, -1)) : 1) : lines.linePos(range[0]).line;
  };
  const { services, ...rest } = root;
  for (const [key, content] of Object.entries(rest)) {
    const [kind, message] = topLevel[key] ?? ['lost', 'it is no key of a Compose file'];
    const word = isObject(content) && Object.hasOwn(topLevel, key) ? `${key}: ${Object.keys(content).join(', ')}` : key;
    if (key.startsWith('x-')) tell(lineOf(key), key, 'needless', 'only what refers to it counts');
    else tell(lineOf(key), word, kind, message);
  }
  if (!isObject(services)) return tell(1, 'services', 'lost', 'there are no services in it');
  for (const name of Object.keys(services)) drafts.set(name, drafts.get(name) ?? new Draft(serviceName(name)));
  // What others want of a service is known when all else is.
  for (const isLast of [false, true]) {
    for (const [name, content] of Object.entries(services)) {
      const keys = Object.entries(isObject(content) ? content : {}).filter(([key]) => (key === 'depends_on') === isLast);
      const draft = drafts.get(name);
      if (draft !== undefined) service(draft, keys, (key) => ({ file, line: lineOf('services', name, key), word: key }), drafts);
    }
  }
  for (const name of Object.keys(services)) {
    const draft = drafts.get(name);
    if (draft?.fields.imagePath !== undefined) continue;
    const message =
      'the command of its image is not known here: it is left out; write `entrypoint` or `command` with the whole path of the program';
    draft?.lost({ file, line: lineOf('services', name), word: name }, message);
  }
}

function service(
  draft: Draft,
  content: readonly (readonly [key: string, value: Data])[],
  at: (key: string) => Pick<ComposeEntry, 'file' | 'line' | 'word'>,
  drafts: ReadonlyMap<string, Draft>,
): void {
  // What Compose does where nothing is said.
  Object.assign(draft.fields, { identity: system, readiness: 'Alive', triggers: ['boot'], restartPolicy: 'Never', ...draft.fields });
  // The entrypoint comes first: the command is added to it.
  const ordered = [...content].sort(([left], [right]) => Number(right === 'entrypoint') - Number(left === 'entrypoint'));
  for (const [key, written] of ordered) {
    const { data, missing } = interpolate(written, process.env);
    const entry: ComposeEntry = { ...at(key), value: textOf(data), data };
    draft.handle(entry, () => {
      if (missing.length > 0)
        draft.changed(entry, `${missing.join(' and ')} had no value and became empty; set it in front of the command`);
      const handler = Object.hasOwn(serviceKeys, key) ? serviceKeys[key] : undefined;
      if (handler !== undefined) return handler(draft, entry, drafts);
      if (key.startsWith('x-')) return draft.needless(entry, 'only what refers to it counts');
      return draft.lost(entry, 'it is no key of a service that is known here');
    });
  }
  settleIdentity(draft);
}
