import type { PathEntry, PathsRead, PathWish } from '../configuration/provisioned-paths.ts';
import { pathsKey } from '../configuration/provisioned-paths.ts';
import type { Helper, HelperResult } from '../exec/helper.ts';
import { describeErrno, errno } from '../kernel/errno.ts';
import type { PlaceStep } from '../kernel/helper-protocol.ts';
import { parsePlaceAnswer, placeArguments } from '../kernel/helper-protocol.ts';
import type { PathOwners, PathOwnership } from '../platform/path-ownership.ts';

export interface ProvisioningParts {
  readonly helper: Pick<Helper, 'run'>;
  readonly owners: PathOwners;
  readonly say: (text: string) => void;
  /** Tells whoever reads the console, and whoever asks for the status of the machine. */
  readonly warn: (text: string) => void;
}

/** Longer than any disk that answers. */
const timeoutMs = 5000;

type Wanted = Extract<PathEntry, { kind: 'wanted' }>;

/**
 * Step 7: what the entries ask for is there afterwards, or it is told why not. Each is a run of the helper program, so a path that hangs
 * costs that entry and not process 1; a directory comes before what is in it, and what lies equally deep comes together. `done` gets the
 * reason for Recovery, the first failure of an entry that is required. PSD-007 14.1, BOOT-080..083.
 */
export function provisionPaths(parts: ProvisioningParts, { entries, authority }: PathsRead, done: (reason: string | null) => void): void {
  const ownership = parts.owners(authority);
  const unkept: string[] = [];
  let reason: string | null = null;
  let made = 0;
  let found = 0;

  function failed({ name, required }: PathEntry, path: string, why: string): void {
    const text = `the provisioned path ${name}${path} ${required ? 'is required and ' : ''}failed: ${why}`;
    if (required) reason ??= text;
    if (!required || reason !== text) parts.warn(text);
  }

  function told(entry: Wanted, { missing, unkept: principals }: PathOwnership): void {
    const { name, wish } = entry;
    for (const what of missing)
      parts.warn(`the provisioned path ${name}, ${wish.path}: ${what} on this machine yet, so root has its place until a later boot`);
    if (principals.length > 0) unkept.push(`${name} (${principals.join(', ')})`);
  }

  function run(entry: Wanted, settled: () => void): void {
    const { name, wish } = entry;
    const owned = ownership(wish.security, wish.kind);
    const end = (why: string | null): void => {
      if (why !== null) failed(entry, `, ${wish.path},`, why);
      settled();
    };
    if (typeof owned === 'string') return end(`${pathsKey}\\${name}\\Security ${owned}. Write a sound one, or remove it.`);
    told(entry, owned);
    const { uid, gid, mode } = owned;
    const request = { type: wish.kind, path: wish.path, uid, gid, mode, ofExisting: wish.security !== null };
    parts.helper.run(placeArguments(request), timeoutMs, (result) => {
      const answer = result.kind === 'failed' ? null : parsePlaceAnswer(result.output);
      if (answer === null) return end(withoutAnswer(result));
      if (!answer.ok) return end(`${remedyOf(answer.step, answer.errno, wish)} (${describeErrno(-answer.errno)})`);
      if (answer.made) made += 1;
      else found += 1;
      end(null);
    });
  }

  function finish(): void {
    if (made + found > 0) parts.say(`provisioned paths: ${made} made, ${found} were there`);
    if (unkept.length > 0)
      parts.warn(`files know an owner, a group and all others; what Security says of others is not kept: ${unkept.join('; ')}`);
    done(reason);
  }

  function next(waves: readonly (readonly Wanted[])[]): void {
    const [wave, ...later] = waves;
    if (wave === undefined) return finish();
    let open = wave.length;
    for (const entry of wave)
      run(entry, () => {
        open -= 1;
        if (open === 0) next(later);
      });
  }

  for (const entry of entries) if (entry.kind === 'malformed') failed(entry, '', entry.message);
  next(byDepth(entries.filter((entry): entry is Wanted => entry.kind === 'wanted')));
}

const depthOf = ({ wish }: Wanted): number => wish.path.split('/').length;

function byDepth(entries: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const depths = [...new Set(entries.map(depthOf))].sort((a, b) => a - b);
  return depths.map((depth) => entries.filter((entry) => depthOf(entry) === depth));
}

function withoutAnswer(result: HelperResult): string {
  if (result.kind === 'failed') return `${result.message}; see to it that a process can be made`;
  if (result.kind === 'timed-out') return `nothing came of it within ${timeoutMs / 1000} s; look for a dead disk or server below it`;
  return 'the helper program ended without an answer; see whether it was killed for want of memory';
}

/** What is wrong and what to do. */
function remedyOf(step: PlaceStep, error: number, { kind, path }: PathWish): string {
  const above = path.slice(0, path.lastIndexOf('/')) || '/';
  switch (step) {
    case 'above':
      if (error === errno.ENOENT)
        return `the directory ${above} is not there, and parents are not made; make it, or give it an entry of its own`;
      if (error === errno.ELOOP)
        return `a symbolic link on the way to ${above} is not root's, or lies where others may write; name the path that it leads to`;
      return `the directory ${above} cannot be reached; correct Path, or what is there`;
    case 'make':
      return 'it cannot be made; see whether its filesystem is writable and has room';
    case 'type':
      return `what is there is no ${kind === 'file' ? 'regular file' : 'directory'} of its own; remove it, or change Kind`;
    case 'names':
      return 'the file has other names (hard links), whose owner would change with it; remove these, or remove Security';
    case 'owner':
      return 'its owner and group cannot be set; see whether this machine has these ids, or change Security';
    case 'mode':
      return 'its mode cannot be set; see whether its filesystem is writable';
    default:
      return step satisfies never;
  }
}
