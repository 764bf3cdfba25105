/**
 * What a boot would only show: sound definitions that name what is not there, on the machine that they are for. Beside judge.ts, which says
 * what the daemon itself would.
 */
import { definitionFields } from '../../gen/definition/facts.ts';
import { Directory } from '../authority/directory.ts';
import type { LinuxUsers } from '../authority/linux-users.ts';
import { Refused } from '../authority/refused.ts';
import { nextOccurrence } from '../policy/calendar/next.ts';
import { parseCalendar } from '../policy/calendar/parse.ts';
import { readable } from '../policy/definition/decode.ts';
import type { ServiceDefinition } from '../policy/definition/definition.ts';
import { isSystemIdentity } from '../policy/definition/identity.ts';
import { foldName } from '../policy/definition/names.ts';
import type { Decoded, DefinitionSet } from '../policy/definition/set.ts';
import { checkDefinitions } from '../policy/graph/check-set.ts';
import type { Graph, ServiceNode } from '../policy/graph/graph.ts';
import { buildGraph } from '../policy/graph/graph.ts';
import { isPlatformDaemon } from '../policy/platform-daemons.ts';
import type { RealtimeNs } from '../policy/time.ts';
import { nearest } from '../registry/nearest.ts';
import type { Objection, Place, WireNode } from './judge.ts';
import { judgeRegistry, newObjections, ofFinding, principalsIn, readDefinitions, servicesKey } from './judge.ts';

/** The machine that the registry is for. */
export interface Ground {
  /** Why a file cannot be run there; null: it can. */
  unrunnable(path: string): string | null;
  readonly users: LinuxUsers;
  readonly now: RealtimeNs;
  readonly zone: string;
}

/** A value, or with null a key, of which nobody knows what it says. */
export type Unread = (path: string, name: string | null) => boolean;

/**
 * All that judge.ts objects to, with what may be meant, and what is found here. A field that is wrong hides nothing that is said by others:
 * a definition that the daemon refuses is looked at as far as it can be read. `isUnread`: what was left out of `nodes`.
 */
export function judgeStrictly(nodes: readonly WireNode[], ground: Ground, isUnread: Unread = () => false): readonly Objection[] {
  const { set, places, tree } = readDefinitions(nodes);
  const found = asFarAsReadable(set, places, isUnread);
  const { graph, isUnknown } = found;
  const principals = new Directory(principalsIn(tree), ground.users);
  const names = graph.nodes.map(({ name }) => name);
  const isSure = !graph.nodes.some(({ key }) => startingFields.some((field) => isUnknown(key, field)));
  const strict = graph.nodes.flatMap((node): readonly Objection[] => {
    const { definition } = node;
    const path = places.get(node.key)?.path;
    if (definition === null || path === undefined || definition.mount !== undefined) return [];
    const objection = (weight: 'refused' | 'warning', name: string | null, what: string): Objection => ({
      weight,
      path,
      name,
      message: `service ${node.name}: ${what}`,
    });
    const warn = (name: string | null, what: string): Objection => objection('warning', name, what);
    return [
      ...missingNames(node, graph, names).map(([field, what]) => warn(field, what)),
      ...commandsOf(definition).flatMap(([field, file]) => {
        const problem = isUnknown(node.key, field) ? null : ground.unrunnable(file);
        return problem === null ? [] : [objection('refused', field, `${field} runs ${file}, ${problem}.`)];
      }),
      ...identityProblems(definition, node.name, principals).map(([field, what]) => objection('refused', field, what)),
      ...deadTimers(definition, ground).map((what) => warn(definitionFields.triggers.name, what)),
      ...(isSure && isUnreachable(node, graph) ? [warn(null, unreachable)] : []),
    ];
  });
  const judged = judgeRegistry(nodes).filter(({ path, name, weight }) => weight !== 'incomplete' || !isUnread(path, name));
  const all = [...judged, ...newObjections(judged, found.objections)];
  return [...all.map((each) => withMeant(each, graph, names)), ...strict];
}

/** What has services started: where it cannot be read nobody can say that nothing starts one. */
const startingFields = [
  definitionFields.triggers,
  definitionFields.disabled,
  definitionFields.requires,
  definitionFields.bindsTo,
  definitionFields.wants,
  definitionFields.onFailure,
].map(({ name }) => name);

interface Readable {
  readonly graph: Graph;
  /** What the set as a whole is objected to. */
  readonly objections: readonly Objection[];
  /** What that field of a service says is not known. */
  isUnknown(key: string, field: string): boolean;
}

function asFarAsReadable(set: DefinitionSet, places: ReadonlyMap<string, Place>, isUnread: Unread): Readable {
  const unknown = new Map<string, ReadonlySet<string>>();
  const services = set.services.map((decoded): Decoded => {
    const key = foldName(decoded.name);
    const { raw, path } = places.get(key) ?? {};
    // Of one that is there twice, or is no service, nothing is as it says.
    if (decoded.definition !== null || raw === undefined || raw.denied === true || decoded.findings.some(({ field }) => field === null))
      return decoded;
    if (path?.startsWith(servicesKey) !== true) return decoded;
    const wrong = new Set<string>();
    const definition = readable(raw, (kind, field) => kind !== 'warning' && void wrong.add(field));
    unknown.set(key, wrong);
    return { name: decoded.name, definition, findings: [] };
  });
  const readableSet = { services, keys: set.keys };
  const graph = buildGraph(readableSet);
  return {
    graph,
    objections: checkDefinitions(readableSet, graph).map((finding) => ofFinding(finding, places)),
    isUnknown: (key, field) => {
      const path = places.get(key)?.path;
      return unknown.get(key)?.has(field) === true || (path !== undefined && isUnread(path, field));
    },
  };
}

const unreachable =
  'nothing starts it: it has no trigger, and no other service needs it. Give it the trigger boot, or start it by hand with peiosctl start.';

/** What the daemon passes over: Wants and Conflicts of what is not defined. */
function missingNames(
  { definition, name }: ServiceNode,
  graph: Graph,
  names: readonly string[],
): readonly (readonly [field: string, what: string])[] {
  if (definition === null) return [];
  const fields = [
    ['Wants', definition.wants, 'so nothing is started for it'],
    ['Conflicts', definition.conflicts, 'so nothing is stopped for it'],
  ] as const;
  const others = names.filter((each) => each !== name);
  return fields.flatMap(([field, targets, effect]) =>
    targets
      .filter((target) => !graph.byKey.has(foldName(target)))
      .map((target) => [field, `${field} names ${target}, which is not defined, ${effect}${meantBy(target, others)}`] as const),
  );
}

const meantBy = (name: string, names: readonly string[]): string => {
  const meant = nearest(name, names);
  return meant === null ? '. Define it, or remove the name.' : `; is ${meant} meant?`;
};

const undefinedTarget = /(?:requires|names) (\S+?),? (?:but \S+ is|which is) not defined/;
const unknownTrigger = /is of an unknown type/;
const triggerTypes = ['boot', 'timer'];

/** The same objection, with the name or word that was probably meant. */
function withMeant(objection: Objection, graph: Graph, names: readonly string[]): Objection {
  const { message, name, path } = objection;
  const target = undefinedTarget.exec(message)?.[1];
  const own = foldName(path.slice(path.lastIndexOf('\\') + 1));
  const others = names.filter((each) => foldName(each) !== own);
  const meant = target === undefined ? null : nearest(target, others);
  if (meant !== null) return { ...objection, message: `${message} Is ${meant} meant?` };
  if (name !== definitionFields.triggers.name || !unknownTrigger.test(message)) return objection;
  const definition = graph.byKey.get(own)?.definition;
  const unknown = definition?.triggers.flatMap((trigger) => (trigger.type === 'unknown' ? [trigger.text] : [])) ?? [];
  const near = unknown.flatMap((text) => nearest(text.split(':')[0] ?? '', triggerTypes) ?? [])[0];
  // The daemon says itself where only the case is wrong.
  return near === undefined || message.includes('lower case') ? objection : { ...objection, message: `${message} Is ${near} meant?` };
}

/** Files that are run, by the field that names them. */
function commandsOf(definition: ServiceDefinition): readonly (readonly [field: string, file: string])[] {
  const { imagePath, execStartPre, execStartPost, execReload, healthCheck, readinessCheck } = definition;
  const { name: reload } = definitionFields.execReload;
  return [
    [definitionFields.imagePath.name, imagePath],
    ...execStartPre.map(([file]) => [definitionFields.execStartPre.name, file] as const),
    ...execStartPost.map(([file]) => [definitionFields.execStartPost.name, file] as const),
    ...(execReload.type === 'command' ? [[reload, execReload.argv[0]] as const] : []),
    ...(healthCheck === null ? [] : [[definitionFields.healthCheck.name, healthCheck[0]] as const]),
    ...(readinessCheck === null ? [] : [[definitionFields.readinessCheck.name, readinessCheck[0]] as const]),
  ];
}

function identityProblems(
  definition: ServiceDefinition,
  service: string,
  principals: Directory,
): readonly (readonly [field: string, what: string])[] {
  const fields = [
    [definitionFields.identity.name, definition.identity],
    [definitionFields.hookIdentity.name, definition.hookIdentity],
  ] as const;
  return fields.flatMap(([field, identity]) => {
    if (identity === undefined || isSystemIdentity(identity)) return [];
    try {
      principals.resolve(identity);
      return [];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const meant = nearest(identity, [...knownIdentities, ...Array.from(principals.model.accounts.values(), ({ name }) => name)]);
      return [
        [field, `${field} ${identity} gets no token for ${service}: ${error.message}${meant === null ? '.' : `; is ${meant} meant?`}`],
      ];
    }
  });
}

const knownIdentities = ['SYSTEM', 'LocalService', 'NetworkService'];

const deadTimers = ({ triggers }: ServiceDefinition, { now, zone }: Ground): readonly string[] =>
  triggers.flatMap((trigger) => {
    if (trigger.type !== 'timer') return [];
    const parsed = parseCalendar(trigger.expression);
    const fires = !parsed.ok || nextOccurrence(parsed.value, now, zone) !== null;
    return fires
      ? []
      : [`the timer ${trigger.expression} never fires again: there is no such time. peiosctl analyze calendar shows its times.`];
  });

/** No trigger of its own, and nobody who would have it started. */
function isUnreachable({ definition, key, hardDependents, wantedBy }: ServiceNode, { nodes }: Graph): boolean {
  if (definition === null || definition.disabled || isPlatformDaemon(key)) return false;
  if (definition.triggers.some(({ type }) => type !== 'unknown') || hardDependents.length > 0 || wantedBy.length > 0) return false;
  return !nodes.some((other) => other.definition?.onFailure !== undefined && foldName(other.definition.onFailure) === key);
}
