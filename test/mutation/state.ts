/** What was found so far, in build/mutation/state.json: a run that was ended goes on with --resume. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Kills } from './judges.ts';
import type { Mutant } from './mutants.ts';
import type { Verdict } from './trial.ts';

interface Entry extends Verdict {
  /** Of the file as it was then: another content may give another verdict. */
  readonly content: string;
}

interface Stored {
  readonly verdicts: Record<string, Entry>;
  readonly kills: { readonly byJudge: Record<string, number>; readonly byFile: Record<string, number> };
}

export interface State {
  readonly kills: Kills;
  /** The verdict on it, if its file reads as it did then. */
  verdict(mutant: Mutant, content: string): Verdict | null;
  record(mutant: Mutant, content: string, verdict: Verdict): void;
}

function read(path: string): Stored {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Stored;
  } catch {
    return { verdicts: {}, kills: { byJudge: {}, byFile: {} } };
  }
}

export function openState(path: string): State {
  mkdirSync(dirname(path), { recursive: true });
  const { verdicts, kills } = read(path);
  const count = (counts: Record<string, number>, name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  return {
    kills,
    verdict({ id }, content) {
      const entry = verdicts[id];
      return entry?.content === content ? entry : null;
    },
    record({ id, file }, content, verdict) {
      verdicts[id] = { ...verdict, content };
      if (verdict.by !== null) {
        count(kills.byJudge, verdict.by);
        count(kills.byFile, `${verdict.by} ${file}`);
      }
      writeFileSync(`${path}.new`, JSON.stringify({ verdicts, kills }));
      renameSync(`${path}.new`, path);
    },
  };
}
