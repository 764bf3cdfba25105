/**
 * Runs inside a machine: each program asks once with a bare socket and once through its library, in every round, and what they say is
 * printed as one line of JSON.
 *
 *   node inside.ts '{"programs": [...], "service": "...", "requests": N, "rounds": N}'
 */
import { execFileSync } from 'node:child_process';
import { controlSocketPath } from '../../clients/typescript/transport.ts';
import type { ClientProgram } from './programs.ts';

export interface Work {
  readonly programs: readonly ClientProgram[];
  readonly service: string;
  /** Of one run of a program. */
  readonly requests: number;
  readonly rounds: number;
}

/** Requests a second in one round. */
export interface Rates {
  readonly bare: number;
  readonly client: number;
}

/** Of each language, one for each round. */
export type ClientRecord = Record<string, readonly Rates[]>;

function rate([program = '', ...words]: readonly string[], mode: keyof Rates, { service, requests }: Work): number {
  const all = [...words, '--socket', controlSocketPath, '--service', service, '--requests', String(requests), '--mode', mode];
  const { seconds } = JSON.parse(execFileSync(program, all, { encoding: 'utf8' })) as { readonly seconds: number };
  return requests / seconds;
}

function measure(work: Work): ClientRecord {
  const record: Record<string, Rates[]> = Object.fromEntries(work.programs.map(({ language }) => [language, []]));
  for (let round = 0; round < work.rounds; round++) {
    for (const { language, command } of work.programs) {
      // Whichever comes first has no advantage over all rounds.
      const order = round % 2 === 0 ? (['bare', 'client'] as const) : (['client', 'bare'] as const);
      const rates = Object.fromEntries(order.map((mode) => [mode, rate(command, mode, work)])) as Record<keyof Rates, number>;
      record[language]?.push(rates);
    }
  }
  return record;
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(measure(JSON.parse(process.argv[2] ?? '{}') as Work))}\n`);
