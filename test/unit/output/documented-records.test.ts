/**
 * The conversation in docs/output.md, held by the real link with a daemon of the test on a kernel in memory. After a change that is meant,
 * `STORE=1 node test/unit/output/documented-records.test.ts` writes it anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { serviceState } from '../../../gen/events/events.ts';
import { isAcknowledgement, isOutputRecord } from '../../../gen/output/check.ts';
import { encodeHelloRecord } from '../../../gen/output/encode.ts';
import type { OutputRecord } from '../../../gen/output/types.ts';
import type { State } from '../../../gen/service/types.ts';
import { createEventJournal } from '../../../src/events/journal.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';
import { createDelivery } from '../../../src/output/delivery.ts';
import type { Writer } from '../../../src/output/output-ring.ts';
import { OutputRing } from '../../../src/output/output-ring.ts';
import { formatTimestamp } from '../../../src/wire/timestamp.ts';
import { FakeEventd } from '../../support/fake-eventd.ts';

const page = join(import.meta.dirname, '../../../docs/output.md');
const mark = '<!-- Made by test/unit/output/documented-records.test.ts -->\n';
const path = '/run/eventd/log.sock';
const job = '0199c6a3-0c1e-7a54-9a3f-5c0d6b0e1f22';
const web: Writer = { origin: { service: 'web', part: null, index: null }, job, isError: false };
const errors: Writer = { ...web, isError: true };
const hook: Writer = {
  origin: { service: 'web', part: 'ExecStartPre', index: 0 },
  job: '0199c6a3-0b77-7d02-8c11-3f9a1e5b7d40',
  isError: false,
};

/** What both sides said, with words between. */
function converse(): readonly string[] {
  const { world, kernel, streams } = createSimulatedKernel({ seed: 1, faults: [], disturbance: calm });
  const loop = createSimulatedLoop(world, (error) => {
    throw error;
  });
  const ring = new OutputRing(512);
  const journal = createEventJournal();
  const eventd = new FakeEventd(streams, path);
  let state: State = 'inactive';
  let at = 1_790_856_000_000_000_000n;
  const startedAt = at - 2_000_000_000n;
  const delivery = createDelivery({
    kernel,
    loop,
    ring,
    journal,
    path: () => path,
    hello: () => encodeHelloRecord({ boot_id: '7c2f1f0e-5b7e-4b0c-9a55-0d7f6d1f3a10', started_at: formatTimestamp(startedAt) }),
    isUp: () => state === 'active',
    goOn: () => undefined,
    warn: () => undefined,
  });
  const told: string[] = [];
  const { store } = eventd;
  const take = store.take.bind(store);
  store.take = (line) => {
    told.push(`> ${line}`);
    return take(line);
  };
  const say = eventd.say.bind(eventd);
  eventd.say = (text) => {
    told.push(`< ${text.trimEnd()}`);
    say(text);
  };
  function become(to: State): void {
    const step = { kind: 'service-changed', service: 'eventd', key: 'eventd', from: state, to, cause: 'explicit_start' } as const;
    state = to;
    delivery.onEffect({ ...step, detail: null, job: null, operation: null, at: 0n });
  }
  function write(writer: Writer, ...lines: readonly (string | Uint8Array)[]): void {
    const bytes = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
    at += 31_415_926n;
    ring.push(writer, at, bytes, 0, bytes.length, lines.length);
    delivery.send();
  }
  const settled = (): void => void loop.runUntil(() => store.waiting === 0 && store.acked.log === ring.lastId, 60_000);

  for (let n = 1; n <= 12; n += 2) write(hook, `migrating the orders, step ${n} of 12`, `migrating the orders, step ${n + 1} of 12`);
  const step = { service: 'web', job_id: job, operation_id: null, detail: null } as const;
  journal.publish(at, serviceState({ ...step, from: 'starting', to: 'active', cause: 'explicit_start' }));
  eventd.eager = false;
  eventd.start();
  become('active');
  const isTold = (...words: readonly string[]): boolean => words.every((word) => told.some((line) => line.includes(word)));
  loop.runUntil(() => isTold('step 12', 'service.state'), 60_000);
  eventd.commit();
  eventd.eager = true;
  settled();
  told.push('', 'A line that is no UTF-8, on standard error.', '');
  write(errors, 'cannot read the name of the caf\u00e9:', new Uint8Array([0x63, 0x61, 0x66, 0xe9]));
  settled();
  told.push('', 'The daemon is killed before it has stored what it read, and comes back.', '');
  eventd.eager = false;
  write(web, 'listening on port 8080', 'ready');
  loop.runUntil(() => isTold('listening'), 60_000);
  eventd.kill();
  become('backoff');
  eventd.eager = true;
  eventd.start();
  become('active');
  settled();
  return told;
}

/** Blocks of code, with the words between as text. */
function asPage(told: readonly string[]): string {
  const blocks = told.join('\n').split('\n\n');
  return blocks.map((block) => (/^[<>]/.test(block) ? `\`\`\`\n${block}\n\`\`\`` : block)).join('\n\n');
}

t.test('WIRE-041 WIRE-042 the conversation on the page is the one that the link holds', async (t) => {
  const told = converse();
  const text = readFileSync(page, 'utf8');
  const from = text.indexOf(mark) + mark.length;
  const to = text.indexOf('\n## ', from);
  if (process.env['STORE'] === '1') writeFileSync(page, `${text.slice(0, from)}\n${asPage(told)}\n${text.slice(to)}`);
  t.equal(readFileSync(page, 'utf8').slice(from).split('\n## ')[0], `\n${asPage(told)}\n`);
  const kinds: string[] = [];
  for (const line of told.filter((one) => /^[<>]/.test(one))) {
    const value: unknown = JSON.parse(line.slice(2));
    t.ok(line.startsWith('>') ? isOutputRecord(value) : isAcknowledgement(value), line);
    kinds.push(line.startsWith('>') ? (value as OutputRecord).kind : '<');
  }
  t.strictSame([...new Set(kinds)].sort(), ['<', 'dropped', 'event', 'hello', 'log']);
});
