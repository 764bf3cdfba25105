/**
 * What peinit would say of a registry, before it is written: the daemon's own decoder, settings and graph, run by whoever changes the
 * registry. A change is judged by what it adds to the objections that were there before it. PSD-007 3.5, GEN-016, O-48.
 */
import { definitionFields } from '../../gen/definition/facts.ts';
import { mountFields } from '../../gen/mounts/facts.ts';
import type { FieldRow } from '../../gen/options/rows.ts';
import { settingFields } from '../../gen/settings/facts.ts';
import { authorityKey } from '../authority/layout.ts';
import type { AuthorityModel } from '../authority/model.ts';
import { readModel } from '../authority/model.ts';
import { withRegistryd } from '../configuration/builtin-registryd.ts';
import { buildRegistryModel, systemKey } from '../configuration/model.ts';
import { decodePaths, pathsKey } from '../configuration/provisioned-paths.ts';
import { fromWire } from '../platform/hosted/registry-values.ts';
import type { RegistryNode } from '../platform/registry.ts';
import { maxTreeBytes } from '../platform/registry.ts';
import { decodeDefinitions } from '../policy/definition/decode.ts';
import { mountOf } from '../policy/definition/decode-mounts.ts';
import { foldName } from '../policy/definition/names.ts';
import type { Finding, RawDefinition } from '../policy/definition/set.ts';
import { foldValueName } from '../policy/definition/values.ts';
import { checkDefinitions } from '../policy/graph/check-set.ts';
import { buildGraph } from '../policy/graph/graph.ts';
import { decodeSettings } from '../policy/settings/settings.ts';
import { judgeDescriptors } from './descriptors.ts';

/** Everything below this key is judged; nothing else is read by peinit. */
export const judgedKey = systemKey;

/** Services that are there without a definition in the registry. */
export const builtInServices: readonly string[] = withRegistryd([]).map(({ name }) => name);

export interface Objection {
  /**
   * `recovery`: the next boot would end in it. `refused`: a reload-config would refuse everything, and a change that brings it is not taken
   * over. `incomplete`: the same, for a field that is missing and may still come. `unusable`: it is taken over, and nobody can use what it
   * is about. `warning`: it is taken, and told.
   */
  readonly weight: 'recovery' | 'refused' | 'incomplete' | 'unusable' | 'warning';
  /** The key it is about. */
  readonly path: string;
  /** The value; null: the key as a whole. */
  readonly name: string | null;
  readonly message: string;
}

/** A key below {@link judgedKey} as registryd sends it; the path is relative to that key. */
export type WireNode = { readonly path: string; readonly values: readonly WireValue[]; readonly denied?: boolean | undefined };
type WireValue = { readonly name: string; readonly type: Parameters<typeof fromWire>[1]; readonly data: unknown };

export const servicesKey = `${systemKey}\\Services`;
const mountsKey = `${systemKey}\\Boot\\Mounts`;

/** What a finding is about. */
export interface Place {
  readonly raw: RawDefinition;
  readonly path: string;
}

/** What is wrong with descriptors is told with what comes of it. */
const isDescriptor = (name: string | null): boolean =>
  name === settingFields.serviceSecurity.name || name === settingFields.controlSecurity.name;

/** The services and mounts of a registry as the daemon reads them. `places`: where each stands, by its folded name. */
export function readDefinitions(nodes: readonly WireNode[]) {
  const tree = nodes.map(decoded);
  const model = buildRegistryModel(tree);
  const definitions = withRegistryd(model.definitions);
  const set = decodeDefinitions(definitions, model.keys, model.mounts);
  const places = new Map([
    ...definitions.map((raw): [string, Place] => [foldName(raw.name), { raw, path: `${servicesKey}\\${raw.name}` }]),
    ...model.mounts.map((raw): [string, Place] => [mountOf(raw), { raw, path: `${mountsKey}\\${raw.name}` }]),
  ]);
  return { tree, model, set, places, graph: buildGraph(set) };
}

/** @param nodes none: there is no such key */
export function judgeRegistry(nodes: readonly WireNode[]): readonly Objection[] {
  const { graph, model, places, set, tree } = readDefinitions(nodes);
  const { findings } = decodeSettings(model.valuesByKey);
  return [
    ...tooLarge(nodes),
    ...findings
      .filter(({ name }) => !isDescriptor(name))
      .map(({ kind, fatal, key, name, message }): Objection => {
        const weight = fatal ? 'recovery' : kind === 'warning' ? 'warning' : 'refused';
        return { weight, path: key, name, message: fatal ? `${message} As it is, a boot ends in Recovery.` : message };
      }),
    ...checkDefinitions(set, graph)
      .filter(({ field }) => !isDescriptor(field))
      .map((finding) => ofFinding(finding, places)),
    ...ofPaths(tree),
    ...judgeDescriptors(tree),
    ...ofPrincipals(tree),
  ];
}

/** Provisioned paths are made at the next boot, and only then is one of them missed. BOOT-082. */
function ofPaths(tree: readonly RegistryNode[]): readonly Objection[] {
  const below = `${pathsKey.slice(systemKey.length + 1)}\\`.toLowerCase();
  const entries = tree.flatMap((node) =>
    node.path.toLowerCase().startsWith(below) ? [{ ...node, path: node.path.slice(below.length) }] : [],
  );
  return decodePaths(entries).flatMap((entry): readonly Objection[] => {
    if (entry.kind !== 'malformed') return [];
    const { message, name, required } = entry;
    const what = required ? 'As it is, a boot ends in Recovery.' : 'Until then a boot passes over it.';
    return [{ weight: required ? 'recovery' : 'warning', path: `${pathsKey}\\${name}`, name: null, message: `${message} ${what}` }];
  });
}

const authorityName = authorityKey.slice(systemKey.length + 1);

/** What the authority would refuse tokens for. */
function ofPrincipals(tree: readonly RegistryNode[]): readonly Objection[] {
  return principalsIn(tree).problems.map(({ key, name, message }): Objection => ({ weight: 'refused', path: key, name, message }));
}

/** Accounts, groups and privileges. */
export function principalsIn(tree: readonly RegistryNode[]): AuthorityModel {
  const below = tree.flatMap(({ path, ...rest }) => {
    const [first = '', ...names] = path.split('\\');
    return first.toLowerCase() === authorityName.toLowerCase() ? [{ path: names.join('\\'), ...rest }] : [];
  });
  return readModel(below);
}

const decoded = ({ path, values, denied }: WireNode): RegistryNode => ({
  path,
  ...(denied === true ? { denied } : {}),
  values: values.flatMap(({ name, type, data }) => fromWire(name, type, data) ?? []),
});

const required: ReadonlySet<string> = new Set(
  [...Object.values<FieldRow>(definitionFields), ...Object.values<FieldRow>(mountFields)].flatMap((row) =>
    row.required ? [row.name] : [],
  ),
);

export function ofFinding({ service, field, kind, message }: Finding, places: ReadonlyMap<string, Place>): Objection {
  const { raw, path } = places.get(foldName(service)) ?? { raw: null, path: `${servicesKey}\\${service}` };
  const values = raw?.values ?? [];
  const isAbsent = field !== null && !values.some((value) => foldValueName(value.name) === foldValueName(field));
  const weight = kind === 'warning' ? 'warning' : isAbsent && required.has(field) ? 'incomplete' : 'refused';
  return { weight, path, name: field, message };
}

function tooLarge(nodes: readonly WireNode[]): readonly Objection[] {
  let bytes = 0;
  for (const node of nodes) bytes += Buffer.byteLength(JSON.stringify(node));
  if (bytes <= maxTreeBytes) return [];
  const mebibytes = (count: number): number => Math.ceil(count / 1024 / 1024);
  const message =
    `${systemKey} would hold ${mebibytes(bytes)} MiB, and a boot with more than ${mebibytes(maxTreeBytes)} ends in Recovery. ` +
    'Keep large data in files, or below another key.';
  return [{ weight: 'recovery', path: systemKey, name: null, message }];
}

/** Objections that were not there before. */
export function newObjections(before: readonly Objection[], after: readonly Objection[]): readonly Objection[] {
  const known = new Set(before.map(identity));
  return after.filter((objection) => !known.has(identity(objection)));
}

const identity = ({ weight, path, name, message }: Objection): string => [weight, path.toLowerCase(), name ?? '', message].join('\n');
