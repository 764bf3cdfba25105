import type { Objection } from '../../src/judge/judge.ts';
import { judgedKey, judgeRegistry, newObjections } from '../../src/judge/judge.ts';
import { placed } from '../../src/seed/seed-error.ts';
import { unknownFields } from '../../src/seed/unknown-fields.ts';
import type { RegistryConnection } from '../typescript/registry.ts';
import { RegistryCallError } from '../typescript/registry.ts';
import { ConnectionError } from '../typescript/transport.ts';
import type { Context } from './command.ts';
import { exitStatus } from './exit-statuses.ts';
import { notInForce, untilComplete } from './not-in-force.ts';

/** Changes of the registry: each is one transaction, and judged as peinit would judge it before it is committed. O-48. */

export interface ChangeOptions {
  /** What was done, as a word: `imported`. */
  readonly done: string;
  /** Keys that change, each with its first parts at least. */
  readonly paths: readonly (readonly string[])[];
  /** A value comes alone, and others may follow: what is only incomplete is told and taken. */
  readonly piecemeal: boolean;
  /** Warnings were told already. */
  readonly warned?: boolean;
  /** `FILE:LINE` of what is objected to. */
  place?(objection: Objection): string | null;
}

export interface Changed<Result> {
  /** Null: it was refused, and nothing has changed. */
  readonly result: Result | null;
  readonly status: number;
}

/** What came of it is told. */
export async function change<Result>(
  registry: RegistryConnection,
  context: Context,
  options: ChangeOptions,
  act: (transaction: number) => Promise<Result>,
): Promise<Changed<Result>> {
  const { done } = options;
  const force = context.options.values.force === true;
  const tell = (objection: Objection, kind = ''): void => {
    const place = options.place?.(objection) ?? null;
    context.complain(`${place === null ? '' : `${place}: `}${kind}${objection.message}`);
  };
  const { transaction } = await registry.begin({});
  let result: Result;
  let after: readonly Objection[];
  let fresh: readonly Objection[];
  let refusal: string | null;
  try {
    const judge = async (): Promise<readonly Objection[]> =>
      options.paths.some(isJudged) ? judgeRegistry(await readJudged(registry, transaction)) : [];
    const before = await judge();
    result = await act(transaction);
    after = await judge();
    fresh = newObjections(before, after);
    const grave = fresh.filter((objection) => isGrave(objection, options));
    if (grave.length > 0 && !force) {
      for (const objection of grave.slice(0, mostTold)) tell(objection);
      if (grave.length > mostTold) context.complain(`and ${grave.length - mostTold} more`);
      const what = grave.every(({ weight }) => weight === 'unusable') ? 'nobody could use it' : 'peinit would refuse it';
      context.complain(`nothing was ${done}: ${what}; --force writes it all the same`);
      await registry.abort({ transaction });
      return { result: null, status: exitStatus.usage };
    }
    refusal = after.some(({ weight }) => weight !== 'warning') ? await refusedNow(context) : null;
  } catch (error) {
    await registry.abort({ transaction }).catch(() => undefined);
    throw error;
  }
  await registry.commit({ transaction });
  if (options.warned !== true) for (const objection of fresh) if (objection.weight === 'warning') tell(objection, 'warning: ');
  const incomplete = fresh.filter((objection) => objection.weight === 'incomplete' && !isGrave(objection, options));
  for (const objection of incomplete) context.complain(`${done}. ${incompleteness(objection, 'no other change')}`);
  const isNew = new Set(fresh);
  const idle = after.filter(
    (objection) =>
      objection.weight !== 'warning' &&
      !incomplete.includes(objection) &&
      (isNew.has(objection) || (refusal !== null && (refusal.includes(objection.message) || refusal.endsWith(' more.')))),
  );
  for (const objection of idle.slice(0, mostTold))
    if (objection.weight === 'incomplete') context.complain(`${done}, but not in force: ${incompleteness(objection, 'no change')}`);
    else
      tell(
        objection,
        objection.weight === 'recovery' || objection.weight === 'unusable' ? `${done}, but: ` : `${done}, but not in force: `,
      );
  if (idle.length > mostTold) context.complain(`and ${idle.length - mostTold} more`);
  return { result, status: idle.length > 0 ? exitStatus.failed : exitStatus.done };
}

const mostTold = 20;

const incompleteness = ({ path, name }: Objection, what: string): string => untilComplete(path, name ?? 'a value', what);

const isGrave = ({ weight }: Objection, { piecemeal }: ChangeOptions): boolean =>
  weight === 'recovery' || weight === 'refused' || weight === 'unusable' || (weight === 'incomplete' && !piecemeal);

const judgedParts = judgedKey.toLowerCase().split('\\');

/** Whether a change of a key, or of what is below it, is one of what peinit reads. */
const isJudged = (path: readonly string[]): boolean =>
  judgedParts.every((part, index) => path[index] === undefined || path[index].toLowerCase() === part);

async function readJudged(registry: RegistryConnection, transaction: number): Promise<Parameters<typeof judgeRegistry>[0]> {
  try {
    return (await registry.readTree({ path: judgedKey, transaction })).nodes;
  } catch (error) {
    if (error instanceof RegistryCallError && error.error === 'ENOENT') return [];
    throw error;
  }
}

/** Why peinit has not taken over what the registry holds already; null: it has, or there is no peinit to ask. */
async function refusedNow(context: Context): Promise<string | null> {
  try {
    return await notInForce(await context.control());
  } catch (error) {
    if (error instanceof ConnectionError) return null;
    throw error;
  }
}

/** Makes the keys of a path that are missing; the hive is always there. */
export async function createPath(registry: RegistryConnection, path: readonly string[], transaction: number): Promise<void> {
  for (let depth = 2; depth <= path.length; depth++) await registry.create({ path: path.slice(0, depth).join('\\'), transaction });
}

export function warnOfUnknown(keys: Parameters<typeof unknownFields>[0], context: Context, file: string): void {
  for (const { line, message } of unknownFields(keys)) context.complain(`${placed(file, line)}: warning: ${message}`);
}
