/** The findings in words: who noticed what, what nobody noticed, and how many of each part. */
import type { Known } from './known.ts';
import type { Mutant } from './mutants.ts';
import type { Verdict } from './trial.ts';

export interface Finding {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  readonly known: Known | null;
}

const short = (text: string): string => (text.length > 220 ? `${text.slice(0, 217)}...` : text);
export const partOf = (file: string): string => file.split('/').slice(0, 2).join('/');

export function changeText({ id, file, line, operator, before, after }: Mutant): string {
  return [`${file}:${line}  ${operator}  ${id}`, `  - ${short(before)}`, `  + ${short(after)}`].join('\n');
}

export function verdictLine({ mutant, verdict, known }: Finding): string {
  const { file, line, operator, id } = mutant;
  const seconds = `${(verdict.ms / 1000).toFixed(1)} s`;
  const what = verdict.status === 'killed' ? `killed by ${verdict.by}: ${verdict.trouble}` : (known?.kind ?? 'SURVIVED');
  return `${file}:${line} ${operator} ${id}  ${short(what)}  (${verdict.asked} asked, ${seconds})`;
}

const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(0)} %`);

function row(name: string, findings: readonly Finding[]): string {
  const count = (test: (finding: Finding) => boolean): number => findings.filter(test).length;
  const equivalent = count(({ verdict, known }) => verdict.status === 'survived' && known?.kind === 'equivalent');
  const stays = count(({ verdict, known }) => verdict.status === 'survived' && known?.kind === 'stays');
  const killed = count(({ verdict }) => verdict.status === 'killed');
  const survived = findings.length - killed - equivalent;
  const rate = percent(survived, findings.length - equivalent);
  return (
    `${name.padEnd(20)} ${findings.length} tried, ${killed} killed, ${survived} survived (${rate}, ${stays} of them known), ` +
    `${equivalent} equivalent`
  );
}

/** By part, then all. */
export function table(findings: readonly Finding[]): string {
  const parts = [...new Set(findings.map(({ mutant }) => partOf(mutant.file)))].sort();
  return [
    ...parts.map((part) =>
      row(
        part,
        findings.filter(({ mutant }) => partOf(mutant.file) === part),
      ),
    ),
    row('all', findings),
  ].join('\n');
}

export function survivors(findings: readonly Finding[]): string {
  return findings
    .filter(({ verdict }) => verdict.status === 'survived')
    .map(({ mutant, verdict, known }) => {
      const looked = known === null ? `${verdict.asked} looked at it` : `${known.kind}: ${known.reason}`;
      return `${changeText(mutant)}\n  ${looked}`;
    })
    .join('\n');
}
