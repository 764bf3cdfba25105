/** `node bench/attacks/print.ts [--runs N] [WORD]`: the table of docs/attacks.md, of attacks with WORD in their name. Needs root. */
import { parseArgs } from 'node:util';
import type { Attack } from '../../test/machine/attacks/attack.ts';
import type { Findings, Scope } from '../../test/machine/attacks/measure.ts';
import { measure } from '../../test/machine/attacks/measure.ts';
import { table } from '../../test/machine/attacks/table.ts';
import { formatMachine, machineFacts } from '../support/machine.ts';
import { summarise } from '../support/report.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { runs: { type: 'string', default: '3' } } });
const [word = ''] = positionals;

/** What a run leaves behind is gone before the next one begins. */
async function once(attack: Attack): Promise<Findings> {
  const undo: (() => unknown)[] = [];
  const scope: Scope = { teardown: (handler) => void undo.push(handler) };
  try {
    return await measure(scope, attack);
  } finally {
    for (const each of undo.toReversed()) await each();
  }
}

const median = (samples: readonly number[]): string => summarise(samples).median.toFixed(0);

async function row(attack: Attack): Promise<string> {
  const runs: Findings[] = [];
  for (let run = 0; run < Number(values.runs); run++) runs.push(await once(attack));
  const of = (pick: (findings: Findings) => number): string => median(runs.map(pick));
  const answers = `${of(({ quietMs }) => quietMs)} | ${of(({ worstMs }) => worstMs)}`;
  const memory = `${of(({ quietMb }) => quietMb)} | ${of(({ peakMb }) => peakMb)}`;
  const harmed = runs.flatMap((findings) => findings.harmed);
  return `| ${attack.what} | ${attack.who} | ${answers} | ${memory} | ${harmed.length === 0 ? 'none' : harmed.join('; ')} |`;
}

process.stdout.write(`${formatMachine(machineFacts())}\n\n`);
process.stdout.write('| attack | who | quiet: worst answer, ms | worst answer, ms | quiet: memory, MB | memory, MB | harmed |\n');
process.stdout.write('| --- | --- | --- | --- | --- | --- | --- |\n');
for (const attack of table.filter(({ what }) => what.includes(word))) process.stdout.write(`${await row(attack)}\n`);
process.exit(0);
