/**
 * What the conformance suite has no case about: commands that no case sends, codes that none expects, cells of the matrix and of the table
 * of conflicts that none is called after, events that none awaits. `node .ci/conformance-gaps.ts` prints them, a line each, and how many.
 * The list of what there is follows from the schema, so a new command is missed as soon as it is generated.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SocketKind } from '../gen/conformance/types.ts';
import type { LoadedCase } from '../test/conformance/runner/load.ts';
import { loadSuite } from '../test/conformance/runner/load.ts';

/** Name to what it is about, in words. */
export type Subjects = Readonly<Record<string, string>>;

export const readSubjects = (root: string): Subjects =>
  (JSON.parse(readFileSync(join(root, 'gen/conformance-subjects.json'), 'utf8')) as { readonly subjects: Subjects }).subjects;

const packageOf: { readonly [kind in SocketKind]: string } = { control: 'control', registry: 'registry', query: 'output', jobs: 'jobs' };

type Step = LoadedCase['case']['steps'][number];

/** The subjects that a case is about. */
function subjectsOf({ path, case: { steps } }: LoadedCase): readonly string[] {
  const sockets = new Map<string, string>();
  const calls = new Map<string, string>();
  const found: string[] = [];
  for (const step of steps) {
    if (step.do === 'open') sockets.set(step.connection, packageOf[step.socket ?? 'control']);
    const socket = socketOf(step, sockets, calls);
    if (step.do === 'call') calls.set(step.call, socket);
    if (step.do === 'submit') found.push(`command ${socket}/submit`);
    else if ('request' in step) found.push(`command ${socket}/${String(step.request['command'])}`);
    const code = 'error' in step ? codeIn(step.error) : step.do === 'line' ? codeIn(step.expect) : null;
    if (code !== null) found.push(`code ${socket}/${code}`);
    for (const [, event] of JSON.stringify(step).matchAll(/"event":"([^"]+)"/g)) found.push(`event ${event}`);
  }
  return [...found, `cell ${path}`];
}

/** The package whose socket a step speaks to. */
function socketOf(step: Step, sockets: ReadonlyMap<string, string>, calls: ReadonlyMap<string, string>): string {
  if (step.do === 'submit') return packageOf.jobs;
  if (step.do === 'answer') return calls.get(step.call) ?? packageOf.control;
  const connection = 'connection' in step ? step.connection : undefined;
  return sockets.get(connection ?? '') ?? packageOf.control;
}

/** A code by itself, or in an object with the message. */
function codeIn(expected: unknown): string | null {
  if (typeof expected === 'string') return expected;
  if (typeof expected !== 'object' || expected === null) return null;
  const { code, error } = expected as { readonly [member: string]: unknown };
  return [code, error].find((one) => typeof one === 'string') ?? null;
}

export function conformanceGaps(subjects: Subjects, cases: readonly LoadedCase[]): readonly string[] {
  const covered = new Set(cases.flatMap(subjectsOf));
  // A cell may have several cases, called after it with a word behind.
  const cells = [...covered].filter((subject) => subject.startsWith('cell '));
  const isCovered = (subject: string): boolean => covered.has(subject) || cells.some((cell) => cell.startsWith(`${subject}-`));
  return Object.keys(subjects).filter((subject) => !isCovered(subject));
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const subjects = readSubjects(root);
  const gaps = conformanceGaps(subjects, loadSuite().cases);
  for (const gap of gaps) console.log(`${gap}: ${subjects[gap]}`);
  console.log(`${gaps.length} of ${Object.keys(subjects).length} have no case`);
}
