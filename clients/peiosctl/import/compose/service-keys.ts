/** Keys of a service in a Compose file. */
import { otherLimits, resources, setStopSignal, tellIfSearched } from '../advice.ts';
import { plainProgram } from '../commands.ts';
import type { Draft, RemarkKind } from '../conversion.ts';
import { serviceName } from '../conversion.ts';
import { setSeconds } from '../durations.ts';
import { splitWords } from '../words.ts';
import type { ComposeEntry, Data } from './data.ts';
import { isList, isObject, listOf, pairsOf, textOf } from './data.ts';
import { healthCheck } from './health-check.ts';
import { identityKeys } from './identity.ts';
import { remarkedKeys } from './remarked-keys.ts';

export type Handler = (draft: Draft, entry: ComposeEntry, drafts: ReadonlyMap<string, Draft>) => void;

const remarked =
  ([kind, text]: readonly [RemarkKind, string]): Handler =>
  (draft, entry) =>
    draft.remark(kind, entry, text);

/** A command is a list, or a text that is split as a shell would. */
function wordsOf(draft: Draft, entry: ComposeEntry): readonly string[] {
  const words = isList(entry.data) ? entry.data.map(textOf) : splitWords(textOf(entry.data));
  if (words !== null && words.length > 0) return words;
  draft.lost(entry, 'this is no command: a quote is not closed, or it is empty');
  return [];
}

function setProgram(draft: Draft, entry: ComposeEntry, words: readonly string[]): void {
  if (words.length === 0) return;
  const { imagePath, arguments: before = [] } = draft.fields;
  // A command behind an entrypoint is its arguments.
  const program = imagePath === undefined ? plainProgram(words) : { imagePath, arguments: [...before, ...words] };
  draft.set('imagePath', program.imagePath);
  draft.set('arguments', program.arguments);
  if (imagePath === undefined) tellIfSearched(draft, entry, words[0]);
}

function dependencies(draft: Draft, { data, ...entry }: ComposeEntry, drafts: ReadonlyMap<string, Draft>): void {
  const wanted: readonly (readonly [string, Data])[] = isObject(data) ? Object.entries(data) : listOf(data).map((name) => [name, null]);
  for (const [name, detail] of wanted) {
    const about = { ...entry, word: `${entry.word}: ${name}` };
    draft.add(isObject(detail) && detail['required'] === false ? 'wants' : 'requires', serviceName(name));
    const condition = isObject(detail) ? detail['condition'] : null;
    if (condition === 'service_completed_successfully') {
      const other = drafts.get(name);
      if (other === undefined) draft.changed(about, `make ${name} a Oneshot with RemainAfterExit`);
      else {
        other.set('type', 'Oneshot');
        other.set('remainAfterExit', true);
        delete other.fields.readiness;
      }
    } else if (condition === 'service_healthy') {
      const other = drafts.get(name);
      const check = other?.fields.healthCheck;
      if (other === undefined || check === undefined)
        draft.changed(about, `a service is up when its process runs; a ReadinessCheck of ${name} makes others wait for more`);
      else {
        other.set('readinessCheck', check);
        draft.changed(about, `the health check of ${name} is its ReadinessCheck too, so that it is up when the check has succeeded`);
      }
    }
    if (isObject(detail) && detail['restart'] === true) {
      draft.add('bindsTo', serviceName(name));
      draft.changed(about, 'BindsTo stops it whenever the other stops, and starts it again when that is back');
    }
  }
}

function restart(draft: Draft, entry: ComposeEntry): void {
  const [word, count] = entry.value.split(':');
  if (word === 'always' || word === 'unless-stopped') draft.set('restartPolicy', 'Always');
  else if (word === 'on-failure') draft.set('restartPolicy', 'OnFailure');
  else if (word === 'no' || word === 'false') draft.set('restartPolicy', 'Never');
  else draft.lost(entry, 'RestartPolicy is Never, OnFailure or Always');
  if (count !== undefined) draft.set('restartMaxRetries', Number.parseInt(count, 10) || 0);
  else if (word === 'always' || word === 'unless-stopped')
    draft.changed(entry, 'after RestartMaxRetries failures in a row (5) peinit gives up; raise it to go on');
}

function replicas(draft: Draft, entry: ComposeEntry, count: Data): void {
  if (count === 1) draft.needless(entry, 'a service runs once anyway');
  else draft.lost(entry, `a service runs once: copy its key under further names (${draft.name}-2, ${draft.name}-3)`);
}

function limits(draft: Draft, entry: ComposeEntry): void {
  for (const [name, limit] of isObject(entry.data) ? Object.entries(entry.data) : []) {
    const about = { ...entry, word: `${entry.word}: ${name}` };
    const soft = isObject(limit) ? limit['soft'] : limit;
    const member = name === 'nofile' ? 'limitNofile' : name === 'core' ? 'limitCore' : null;
    if (member === null || typeof soft !== 'number' || soft < 0) draft.lost(about, otherLimits);
    else draft.set(member, soft);
    if (member !== null && isObject(limit) && limit['hard'] !== soft)
      draft.changed(about, `soft and hard limit are both ${textOf(soft ?? null)}`);
  }
}

export const serviceKeys: Readonly<Record<string, Handler>> = {
  ...Object.fromEntries(Object.entries(remarkedKeys).map(([key, row]) => [key, remarked(row)])),
  ...identityKeys,
  entrypoint: (draft, entry) => setProgram(draft, entry, wordsOf(draft, entry)),
  command: (draft, entry) =>
    entry.data === null ? draft.needless(entry, 'it says nothing') : setProgram(draft, entry, wordsOf(draft, entry)),
  environment(draft, entry) {
    for (const [key, value] of pairsOf(entry.data)) {
      const own = value ?? process.env[key];
      if (own === undefined) draft.lost({ ...entry, word: `${entry.word}: ${key}` }, `write its value, ${key}=VALUE, into Environment`);
      else draft.append('environment', `${key}=${own}`);
    }
    draft.noted();
  },
  env_file(draft, entry) {
    const files = isList(entry.data)
      ? entry.data.map((item) => (isObject(item) ? `${item['required'] === false ? '-' : ''}${textOf(item['path'] ?? '')}` : textOf(item)))
      : [entry.value];
    for (const [index, file] of files.entries()) {
      if (index > 0) draft.lost(entry, `there is one EnvironmentFile: join ${file} with ${files[0]}`);
      else if (/^-?\//.test(file)) draft.set('environmentFile', file);
      else draft.lost(entry, `EnvironmentFile takes an absolute path: where will ${file} be in the machine?`);
    }
  },
  scale: (draft, entry) => replicas(draft, entry, entry.data),
  deploy(draft, entry) {
    const { replicas: count = null, ...rest } = isObject(entry.data) ? entry.data : {};
    if (count !== null) replicas(draft, { ...entry, word: `${entry.word}: replicas` }, count);
    for (const key of Object.keys(rest)) draft.lost({ ...entry, word: `${entry.word}: ${key}` }, resources);
  },
  depends_on: dependencies,
  restart,
  stop_signal: (draft, entry) => setStopSignal(draft, entry, entry.value),
  stop_grace_period: (draft, entry) => void setSeconds(draft, 'stopTimeout', entry),
  healthcheck: healthCheck,
  working_dir: (draft, entry) => draft.set('workingDirectory', entry.value),
  ulimits: limits,
  profiles(draft, entry) {
    draft.set('triggers', []);
    draft.changed(entry, 'it is not started at boot: `peiosctl start` does, or Triggers: [boot]');
  },
};
