/**
 * Bugs in the source of the policy, the control room and the output room: a life is loaded anew with some of its text changed, beside the
 * sound one. The text is looked for in all files of theirs, and must be there exactly once.
 */
import { registerHooks } from 'node:module';
import type { live } from './life.ts';
import type { shrink } from './shrink.ts';

export interface Edit {
  readonly find: string;
  readonly replace: string;
}

/** The simulation over rooms with a bug in them. */
export interface Planted {
  readonly live: typeof live;
  readonly shrink: typeof shrink;
}

const project = new URL('../../', import.meta.url).href;
const rooms = ['policy', 'control', 'output'].map((room) => `${project}src/${room}/`);
const bugs: (readonly Edit[])[] = [];
/** How often the text of each edit was found. */
const found = new Map<Edit, number>();
const marked = /\?bug=(\d+)$/;
let hooked = false;

function hook(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    // All of the project that a marked module imports is marked as well, and so is loaded once more.
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const [mark] = marked.exec(context.parentURL ?? '') ?? [];
      const isOurs = resolved.url.startsWith(project) && !resolved.url.includes('/node_modules/') && !resolved.url.includes('?');
      return mark === undefined || !isOurs ? resolved : { ...resolved, url: resolved.url + mark };
    },
    load(url, context, next) {
      const loaded = next(url, context);
      const [, bug] = marked.exec(url) ?? [];
      if (bug === undefined || !rooms.some((room) => url.startsWith(room))) return loaded;
      return { ...loaded, source: edited(String(loaded.source), bugs[Number(bug)] ?? []) };
    },
  });
}

function edited(source: string, edits: readonly Edit[]): string {
  let text = source;
  for (const edit of edits) {
    const parts = text.split(edit.find);
    found.set(edit, (found.get(edit) ?? 0) + parts.length - 1);
    text = parts.join(edit.replace);
  }
  return text;
}

export async function plant(edits: readonly Edit[]): Promise<Planted> {
  const [life, shrinking] = await loadBugged(edits, './life.ts', './shrink.ts');
  return { ...(life as Pick<Planted, 'live'>), ...(shrinking as Pick<Planted, 'shrink'>) };
}

/** These modules, from paths beside this file, over rooms with the bug in them. */
export async function loadBugged(edits: readonly Edit[], ...paths: readonly string[]): Promise<readonly unknown[]> {
  hook();
  const mark = `?bug=${bugs.push(edits) - 1}`;
  const modules: unknown[] = [];
  for (const path of paths) modules.push(await import(`${path}${mark}`));
  for (const edit of edits) {
    const times = found.get(edit) ?? 0;
    if (times !== 1) throw new Error(`this text is in the rooms ${times} times, so no bug can be planted there: ${edit.find}`);
  }
  return modules;
}
