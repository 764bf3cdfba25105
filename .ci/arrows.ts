/**
 * The arrows between rooms: who may import whom, and what a room may not touch at all; and nowhere a circle of value imports (types are
 * free: they are gone when the code runs). `node .ci/arrows.ts [ROOT]` prints each violation as FILE:LINE and a reason, then each arrow
 * that nothing needs, and ends with 1 when there is one.
 *
 * The contract of the kernel seam (`src/kernel`: its interfaces and plain tables) and the registry's data (`src/registry`) may be named by
 * every room, and most may use the tables of the contract;
 * the seam itself (`src/linux`) may not be reached. Only src/main.ts and src/compose.ts compose, so they may import everything. Tests,
 * benchmarks and tools are free.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { TransformFailure } from 'esbuild';
import { eventNames } from '../gen/events/events.ts';
import { circularImports } from './circles.ts';
import type { Import } from './source-text.ts';
import { importsOf, typescriptFiles, withoutComments, withoutTexts } from './source-text.ts';

/**
 * Room (longest prefix of a path wins) -> rooms it may import besides itself. Nothing imports upwards, and no arrow is here that nothing
 * needs.
 */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  'src/json': [],
  gen: ['src/json'],
  'gen/es': [],
  // What is known of definitions and settings by their values alone; tools ask it what the daemon would say.
  'src/policy/definition': ['gen', 'src/security', 'src/policy/calendar'],
  'src/policy/calendar': ['src/policy/definition', 'src/policy'],
  'src/policy/settings': ['gen', 'src/policy/definition'],
  'src/policy': [
    'gen',
    'src/policy/calendar',
    'src/policy/definition',
    'src/policy/waiting',
    'src/policy/starting',
    'src/policy/up',
    'src/policy/stopping',
    'src/policy/backing-off',
    'src/policy/settled',
  ],
  // The phases of a service are read alone: none imports another, they hand over by intentions.
  'src/policy/waiting': ['gen', 'src/policy', 'src/policy/definition'],
  'src/policy/starting': ['src/policy', 'src/policy/definition'],
  'src/policy/up': ['gen', 'src/policy'],
  'src/policy/stopping': ['gen', 'src/policy'],
  'src/policy/backing-off': ['src/policy'],
  'src/policy/settled': ['gen', 'src/policy', 'src/policy/definition'],
  'src/security': ['gen'],
  'src/kernel': [],
  'src/linux': ['src/kernel'],
  'src/wire': ['gen', 'src/json', 'src/kernel'],
  'src/output': ['gen', 'src/events', 'src/kernel', 'src/policy', 'src/policy/definition', 'src/wire'],
  'src/platform': ['gen', 'src/security'],
  'src/platform/hosted': ['gen', 'src/authority', 'src/json', 'src/kernel', 'src/security', 'src/platform', 'src/wire'],
  'src/exec': ['gen', 'src/kernel', 'src/platform', 'src/policy', 'src/policy/definition'],
  'src/events': ['gen', 'src/policy', 'src/wire'],
  'src/control': ['gen', 'src/json', 'src/policy', 'src/policy/definition', 'src/security', 'src/platform', 'src/wire', 'src/events'],
  'src/jobs': ['gen', 'src/json', 'src/kernel', 'src/platform', 'src/policy', 'src/policy/definition', 'src/security', 'src/wire'],
  'src/configuration': ['gen', 'src/policy', 'src/policy/definition', 'src/policy/settings', 'src/platform', 'src/wire'],
  'src/boot': [
    'gen',
    'src/kernel',
    'src/platform',
    'src/policy',
    'src/policy/calendar',
    'src/policy/definition',
    'src/registry',
    'src/output',
    'src/exec',
    'src/control',
    'src/configuration',
  ],
  // Who is who on the machine, told from the registry and the files of users; tools ask it what the authority would say.
  'src/authority': ['gen', 'src/policy/definition', 'src/registry', 'src/security'],
  'src/registry': ['gen', 'src/security'],
  'src/seed': ['gen', 'src/registry', 'src/security'],
  'src/judge': [
    'gen',
    'src/authority',
    'src/configuration',
    'src/platform',
    'src/platform/hosted',
    'src/policy',
    'src/policy/calendar',
    'src/policy/definition',
    'src/policy/settings',
    'src/registry',
    'src/security',
  ],
  'src/hosted/daemon': [
    'gen',
    'src/json',
    'src/kernel',
    'src/linux',
    'src/wire',
    'src/platform',
    'src/platform/hosted',
    'src/security',
    'clients/typescript',
  ],
  'src/hosted/sqlite': ['src/hosted/daemon'],
  'src/hosted/authd': [
    'gen',
    'src/json',
    'src/linux',
    'src/platform',
    'src/authority',
    'src/security',
    'src/platform/hosted',
    'src/hosted/daemon',
    'clients/typescript',
  ],
  'src/hosted/eventd': [
    'gen',
    'src/json',
    'src/linux',
    'src/platform',
    'src/platform/hosted',
    'src/policy/definition',
    'src/registry',
    'src/security',
    'src/wire',
    'src/hosted/daemon',
    'src/hosted/sqlite',
    'clients/typescript',
  ],
  'src/hosted': [
    'gen',
    'src/json',
    'src/wire',
    'src/registry',
    'src/seed',
    'src/judge',
    'src/platform',
    'src/security',
    'src/hosted/daemon',
    'src/hosted/sqlite',
  ],
  'clients/typescript': ['gen'],
  'clients/peiosctl': [
    'gen',
    'src/authority',
    'src/json',
    'src/platform/hosted',
    'src/policy/calendar',
    'src/policy/definition',
    'src/registry',
    'src/security',
    'clients/typescript',
    'src/judge',
    'src/seed',
  ],
  'spec/plugin': ['gen/es'],
};

/** Rooms whose types every room may name: they are what the rooms speak of. */
const isContract = (room: string | undefined): boolean => room === 'src/kernel' || room === 'src/registry';

/** The composition of the rooms. */
const composition: ReadonlySet<string> = new Set(['src/main.ts', 'src/compose.ts']);
const inRoom =
  (...rooms: string[]) =>
  (file: string): boolean =>
    rooms.some((room) => file.startsWith(`${room}/`));

/** Programs beside process 1, and what only they and the clients use. */
const besideDaemon = inRoom('src/hosted', 'src/registry', 'src/seed');
const isDaemon = (file: string): boolean => file.startsWith('src/') && !besideDaemon(file);

interface ModuleRule {
  readonly files: (file: string) => boolean;
  readonly refuses: (imported: Import) => boolean;
  readonly reason: string;
}

const isPackage = (specifier: string): boolean => !/^(?:node:|\.|#)/.test(specifier);
const blocking =
  /^node:(?:child_process|worker_threads|cluster|timers(?:\/promises)?|fs\/promises|net|dgram|http2?|https|tls|dns|readline)$/;

const moduleRules: readonly ModuleRule[] = [
  {
    files: (file) => isDaemon(file),
    refuses: ({ specifier }) => blocking.test(specifier),
    reason: 'the daemon never blocks, never spawns by Node and keeps every descriptor in its own epoll set',
  },
  {
    files: (file) => isDaemon(file) && !file.startsWith('src/platform/peios/'),
    refuses: ({ specifier }) => isPackage(specifier),
    reason: "no package belongs in PID 1's bundle; only src/platform/peios may load koffi",
  },
  {
    files: inRoom('src/authority', 'src/policy', 'src/security', 'gen'),
    refuses: ({ specifier, typeOnly }) => specifier.startsWith('node:') && !typeOnly,
    reason: 'the policy, the rooms of security and authority and the generated code have no I/O, clock or randomness',
  },
  {
    files: (file) => isDaemon(file) && !inRoom('src/linux', 'src/platform')(file) && !composition.has(file),
    refuses: ({ specifier, clause, typeOnly }) =>
      specifier === 'node:fs' && !typeOnly && !/^\{\s*constants(?:\s+as\s+\w+)?,?\s*\}$/.test(clause.trim()),
    reason: 'files are reached through the kernel seam, so that the simulation can fail them (only `constants` may come from node:fs)',
  },
];

/** The name of an event as a text, or the beginning of a template that makes one. A name without a dot is a word like any other. */
const eventLiteral = ((): RegExp => {
  const dotted = eventNames.filter((name) => name.includes('.'));
  const escaped = dotted.map((name) => name.replaceAll('.', '\\.'));
  const families = new Set(dotted.map((name) => name.slice(0, name.indexOf('.'))));
  return new RegExp(`(["'\`])(?:${escaped.join('|')})\\1|\`(?:${[...families].join('|')})\\.\\$\\{`);
})();

interface CodeRule {
  readonly files: (file: string) => boolean;
  readonly pattern: RegExp;
  readonly reason: string;
  /** Looks into texts as well. */
  readonly inTexts?: true;
}

const impure = new RegExp(
  [
    String.raw`\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bTemporal\.Now\b`,
    String.raw`(?<![.\w])(?:performance|process|console|crypto)\.`,
    String.raw`\bPromise\b|\basync\b|\bawait\b|\bqueueMicrotask\b`,
  ].join('|'),
);

const codeRules: readonly CodeRule[] = [
  {
    files: isDaemon,
    pattern: /(?<![.\w])(?:setTimeout|setInterval|setImmediate|fetch)\s*\(|\bAtomics\.wait\b/,
    reason: "deadlines come from the loop's timer descriptor, never from libuv",
  },
  {
    files: (file) => isDaemon(file) && !inRoom('src/linux', 'src/platform/peios')(file),
    pattern: /\bprocess\.dlopen\b/,
    reason: 'only src/linux and src/platform/peios touch native code',
  },
  {
    files: inRoom('src/authority', 'src/policy', 'src/security'),
    pattern: impure,
    reason: 'the policy and the rooms of security and authority are pure: no clock, randomness, promise or output',
  },
  {
    files: inRoom('src/policy'),
    pattern: /\b(?:monotonic|realtime) \+ /,
    reason: 'a sum of an instant is of no clock: use `after`',
  },
  {
    files: (file) => file.startsWith('src/'),
    pattern: eventLiteral,
    reason: 'events are made by the functions of gen/events/events.ts; their names stand in the schema only',
    inTexts: true,
  },
];

const rooms = Object.keys(arrows).sort((a, b) => b.length - a.length);
const roomOf = (path: string): string | undefined => rooms.find((room) => path.startsWith(`${room}/`));

/** The path below the root that an import leads to; undefined for packages and node's own modules. */
function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1);
  return specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : undefined;
}

function arrowViolation(file: string, imported: Import): string | undefined {
  const target = targetOf(file, imported.specifier);
  const from = roomOf(file);
  // The version of everything stands there.
  if (target === undefined || from === undefined || target === 'package.json') return undefined;
  const to = roomOf(target);
  if (imported.typeOnly && isContract(to)) return undefined;
  if (to === from || (to !== undefined && arrows[from]?.includes(to))) return undefined;
  return `${from} may not import ${to ?? 'this'} (${target})${isContract(to) ? '; use `import type`' : ''}`;
}

function parsed(source: string): string | { readonly line: number; readonly text: string } {
  try {
    return withoutComments(source);
  } catch (error) {
    const [first] = (error as TransformFailure).errors ?? [];
    return { line: first?.location?.line ?? 1, text: first?.text ?? String(error) };
  }
}

const checkedFiles = (root: string): readonly string[] =>
  ['src', 'gen', 'clients', 'spec/plugin'].flatMap((directory) => typescriptFiles(root, directory));

/** Arrows of the table that no import needs: what is allowed and not true protects nothing. */
export function unusedArrows(root: string, table = arrows): string[] {
  const used = new Set<string>();
  for (const file of checkedFiles(root)) {
    const from = roomOf(file);
    for (const { specifier, typeOnly } of importsOf(readFileSync(join(root, file), 'utf8'))) {
      const target = targetOf(file, specifier);
      const to = target === undefined ? undefined : roomOf(target);
      if (!(typeOnly && isContract(to))) used.add(`${from} -> ${to}`);
    }
  }
  return Object.entries(table)
    .flatMap(([from, allowed]) => allowed.map((to) => `${from} -> ${to}`))
    .filter((arrow) => !used.has(arrow))
    .map((arrow) => `.ci/arrows.ts: ${arrow} is allowed and no import needs it; take it out`);
}

/** Each violation as 'FILE:LINE reason'. */
export function checkArrows(root: string): string[] {
  const violations: string[] = [];
  const graph = new Map<string, { target: string; line: number }[]>();
  for (const file of checkedFiles(root)) {
    const source = readFileSync(join(root, file), 'utf8');
    if (file.startsWith('src/') && !composition.has(file) && roomOf(file) === undefined)
      violations.push(`${file}:1 this directory is no room of the house`);
    const imports = importsOf(source);
    graph.set(file, valueImports(file, imports));
    for (const imported of imports) {
      const reasons = moduleRules
        .filter((rule) => rule.files(file) && rule.refuses(imported))
        .map((rule) => `${imported.specifier}: ${rule.reason}`);
      const arrow = arrowViolation(file, imported);
      for (const reason of arrow === undefined ? reasons : [arrow, ...reasons]) violations.push(`${file}:${imported.line} ${reason}`);
    }
    const rules = codeRules.filter((rule) => rule.files(file));
    if (rules.length === 0) continue;
    const code = parsed(source);
    if (typeof code !== 'string') {
      violations.push(`${file}:${code.line} does not parse: ${code.text}`);
      continue;
    }
    const bare = withoutTexts(code);
    for (const { pattern, reason, inTexts } of rules) {
      const found = pattern.exec(inTexts ? code : bare)?.[0].replace(/\s*\($/, '');
      if (found === undefined) continue;
      // Printed code has its texts in quotes of its own.
      const words = found.replaceAll(/^["']|["']$/g, '');
      const line = source.split('\n').findIndex((text) => text.includes(words)) + 1;
      violations.push(`${file}:${Math.max(line, 1)} ${found}: ${reason}`);
    }
  }
  for (const { file, line, target } of circularImports(graph)) violations.push(`${file}:${line} is in a circle with ${target}`);
  return violations;
}

const valueImports = (file: string, imports: readonly Import[]): { target: string; line: number }[] =>
  imports.flatMap(({ specifier, typeOnly, line }) => {
    const target = typeOnly ? undefined : targetOf(file, specifier);
    return target === undefined ? [] : [{ target, line }];
  });

if (import.meta.main) {
  const root = process.argv[2] ?? join(import.meta.dirname, '..');
  const violations = [...checkArrows(root), ...unusedArrows(root)];
  for (const violation of violations) console.log(violation);
  console.log(violations.length === 0 ? 'arrows: all point down' : `arrows: ${violations.length} point the wrong way or are not used`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
