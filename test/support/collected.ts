import { existsSync, readFileSync } from 'node:fs';
import type { Test } from 'tap';
import type { LogRecord, OutputRecord } from '../../gen/output/types.ts';
import type { Machine } from './machine.ts';
import { bootSettled, project, withServices } from './machine.ts';

const file = '/run/records';

const collector = {
  ImagePath: '/usr/local/sbin/node',
  Arguments: [`${project}/test/support/log-collector.ts`, file],
  Readiness: 'Notify',
  Triggers: ['boot'],
};

/** A line as it was handed over. */
export interface HandedLine extends Pick<LogRecord, 'origin' | 'job_id' | 'is_error'> {
  readonly id: number;
  readonly text: string;
  /** Its bytes, where they are not the text. */
  readonly raw: Buffer | null;
}

export interface CollectedMachine {
  readonly machine: Machine;
  /** What was handed over so far. */
  records(): readonly OutputRecord[];
  /** Lines of an origin, or of all. */
  lines(origin?: string): readonly HandedLine[];
  texts(origin: string): readonly string[];
}

/** A machine whose output is handed over to a program that keeps it. */
export async function bootCollected(t: Test, definitions: Parameters<typeof withServices>[0]): Promise<CollectedMachine> {
  const machine = await bootSettled(t, { registry: withServices({ ...definitions, eventd: collector }) });
  const path = machine.path(file);
  const records = (): readonly OutputRecord[] =>
    existsSync(path)
      ? readFileSync(path, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as OutputRecord)
      : [];
  const lines = (origin?: string): readonly HandedLine[] =>
    records().flatMap((record) => (record.kind === 'log' && (origin === undefined || record.origin === origin) ? linesOf(record) : []));
  return { machine, records, lines, texts: (origin) => lines(origin).map(({ text }) => text) };
}

function linesOf({ origin, job_id, is_error, first_id, lines, raw }: LogRecord): readonly HandedLine[] {
  return lines.map(([, text], index) => {
    const bytes = raw?.[index] ?? null;
    return { origin, job_id, is_error, id: first_id + index, text, raw: bytes === null ? null : Buffer.from(bytes, 'base64') };
  });
}
