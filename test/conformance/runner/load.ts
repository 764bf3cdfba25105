/** Reads all cases. Whatever is wrong with a file is said at once, each with its line. */
import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Case, CaseFile, Feature, Step } from '../../../gen/conformance/types.ts';
import type { Json, JsonObject } from '../json.ts';
import { isObject } from '../json.ts';
import type { Shapes } from './patterns.ts';
import { patternProblems } from './patterns.ts';
import type { Decoded, Schema } from './strict.ts';
import { decode, FileError } from './strict.ts';

export interface LoadedCase {
  /** Folder, file and name: `matrix/start/inactive`. */
  readonly path: string;
  readonly file: string;
  readonly line: number;
  readonly case: Case;
  /** Definitions by the names of the case. */
  readonly services: JsonObject;
  readonly needs: ReadonlySet<Feature>;
  /** Line of each step. */
  readonly stepLines: readonly number[];
}

export interface Suite {
  readonly cases: readonly LoadedCase[];
  readonly shapes: Shapes;
}

export const suiteDirectory: string = join(import.meta.dirname, '..');
const schemaFile = join(suiteDirectory, '../../gen/conformance-case.schema.json');

/** Throws a FileError. */
export function loadSuite(directory: string = suiteDirectory): Suite {
  const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as Schema;
  const shapes = loadShapes(join(directory, 'shapes.yaml'));
  const problems: string[] = [];
  const cases: LoadedCase[] = [];
  for (const name of globSync('**/*.yaml', { cwd: join(directory, 'cases') }).sort()) {
    const file = join(directory, 'cases', name);
    try {
      cases.push(...loadFile(name, relative(process.cwd(), file), readFileSync(file, 'utf8'), schema, shapes));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new FileError(problems);
  return { cases, shapes };
}

export function loadShapes(file: string): Shapes {
  const { value, lineOf } = decode(relative(process.cwd(), file), readFileSync(file, 'utf8'));
  const shapes = new Map(Object.entries(isObject(value) ? value : {}) as [string, JsonObject][]);
  const problems = [...shapes.values()].flatMap((shape) => patternProblems(shape, shapes));
  if (problems.length > 0) throw new FileError(problems.map(({ at, sentence }) => `${file}:${lineOf(at)}: ${sentence}`));
  return shapes;
}

/** `name` is the path of the file below the folder of all cases. */
export function loadFile(name: string, file: string, text: string, schema: Schema, shapes: Shapes): readonly LoadedCase[] {
  const decoded = decode(file, text, schema);
  const whole = decoded.value as unknown as CaseFile;
  const problems: string[] = [];
  const seen = new Set<string>();
  const cases = whole.cases.map((one): LoadedCase => {
    const line = decoded.lineOf(one);
    if (seen.has(one.name)) problems.push(`${file}:${line}: there is a case ${one.name} already; give this one another name`);
    seen.add(one.name);
    problems.push(...one.steps.flatMap((step) => stepProblems(step, decoded, shapes)).map((problem) => `${file}:${problem}`));
    return {
      path: `${name.replace(/\.yaml$/, '')}/${one.name}`,
      file,
      line,
      case: one,
      services: { ...whole.services, ...one.services } as JsonObject,
      needs: new Set([...(one.needs ?? []), ...one.steps.flatMap(featuresOf)]),
      stepLines: one.steps.map((step) => decoded.lineOf(step)),
    };
  });
  if (problems.length > 0) throw new FileError(problems);
  return cases;
}

/** Members that hold what is expected; exactly one of those that a step has in a row must be there. */
const expectations: { readonly [verb: string]: readonly string[] } = {
  ask: ['expect', 'error', 'failed'],
  answer: ['expect', 'error', 'failed'],
  await: ['expect', 'error'],
  line: ['expect', 'text', 'ended'],
  submit: ['expect', 'error'],
};
const contents: { readonly [verb: string]: readonly string[] } = { send: ['text', 'base64'] };
const patternMembers = ['expect', 'error', 'failed', 'lines', 'passing_over', 'text'];

function stepProblems(step: Step, { lineOf }: Decoded, shapes: Shapes): readonly string[] {
  const members = step as unknown as Readonly<Record<string, Json>>;
  const problems: string[] = [];
  const oneOf = expectations[step.do] ?? contents[step.do];
  if (oneOf !== undefined && oneOf.filter((name) => name in members).length !== 1)
    problems.push(`${lineOf(step)}: ${step.do} needs exactly one of ${oneOf.join(', ')}`);
  if ('request' in step && step.do !== 'submit' && typeof step.request['command'] !== 'string')
    problems.push(`${lineOf(step)}: the request of ${step.do} names no command`);
  for (const name of patternMembers) {
    if (!(name in members) || (name === 'text' && step.do !== 'line') || step.do === 'signals') continue;
    for (const { at, sentence } of patternProblems(members[name] ?? null, shapes))
      problems.push(`${lineOf(at) || lineOf(step)}: ${sentence}`);
  }
  return problems;
}

/** What a step needs by itself. */
function featuresOf(step: Step): readonly Feature[] {
  switch (step.do) {
    case 'attach':
    case 'notify':
      return ['notify'];
    case 'become':
      return ['users'];
    case 'submit':
      return ['jobs'];
    case 'define':
      return ['registry'];
    case 'stream':
      return step.request['command'] === 'subscribe' ? ['events'] : [];
    case 'open':
      return step.socket === 'registry' || step.socket === 'query' || step.socket === 'jobs' ? [step.socket] : [];
    default:
      return [];
  }
}
