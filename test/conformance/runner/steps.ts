/** What each kind of step does. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DriverReply, Step } from '../../../gen/conformance/types.ts';
import { Connection } from '../driver/connection.ts';
import type { Call } from '../driver/session.ts';
import { Session } from '../driver/session.ts';
import type { Json, JsonObject } from '../json.ts';
import { parseJson, printJson } from '../json.ts';
import { DriverFailure } from './drivers.ts';
import { fill, fillObject, plain } from './names.ts';
import type { StepFacts } from './outcome.ts';
import { StepFailure } from './outcome.ts';
import type { Difference } from './patterns.ts';
import { compare } from './patterns.ts';
import { writeKey } from './registry.ts';
import type { CaseRun } from './run-case.ts';

/** How long a step waits for what must come; a machine may be ten times as busy as it usually is. */
const usualMs = 20_000;
const betweenLooksMs = 10;

/** Of this run, where a step says nothing. */
const patienceOf = ({ setting }: CaseRun): number => usualMs * (setting.patience ?? 1);

type StepOf<D extends Step['do']> = Extract<Step, { readonly do: D }>;
type Steps = { readonly [D in Step['do']]: (run: CaseRun, step: StepOf<D>) => Promise<void> };

export async function runStep(run: CaseRun, step: Step): Promise<void> {
  const perform = steps[step.do] as (run: CaseRun, step: Step) => Promise<void>;
  await perform(run, step);
}

interface Expectations {
  readonly expect?: unknown;
  readonly error?: unknown;
  readonly failed?: unknown;
}

/** An error that is expected by its code alone has a message, and no other member. */
const errorPattern = (error: Json): Json => (typeof error === 'string' ? { code: error, message: { $is: 'words' } } : error);

/** The reply that the members of a step expect. */
function expectedReply(run: CaseRun, { expect, error, failed }: Expectations): JsonObject {
  if (failed !== undefined) return { failed: { kind: fill(failed as Json, run.scope), message: { $is: 'any' } } };
  if (error !== undefined) return { error: errorPattern(fill(error as Json, run.scope)) };
  return { answer: fill((expect ?? {}) as Json, run.scope) };
}

const comparisonOf = (run: CaseRun): { scope: CaseRun['scope']; shapes: CaseRun['setting']['shapes'] } => ({
  scope: run.scope,
  shapes: run.setting.shapes,
});

function mustBe(run: CaseRun, sentence: string, expected: JsonObject, reply: DriverReply, facts: StepFacts = {}): void {
  const received = reply as unknown as Json;
  const differences = compare(expected, received, comparisonOf(run)).map(withoutPrefix);
  if (differences.length > 0) throw new StepFailure(sentence, { ...facts, expected, received, differences });
}

/** What is compared is a reply of the driver; people think of the answer. */
const withoutPrefix = ({ at, ...rest }: Difference): Difference => ({ at: at.replace(/^answer\.?/, ''), ...rest });

const done = (run: CaseRun, sentence: string, reply: DriverReply): void => mustBe(run, sentence, { done: true }, reply);

interface Asked {
  readonly command: string;
  readonly members: JsonObject;
  readonly line: string;
}

function requestOf(run: CaseRun, request: unknown): Asked {
  const filled = fillObject(request as JsonObject, run.scope);
  const { command, ...members } = filled;
  return { command: String(command), members, line: printJson(filled) };
}

let lastCall = 0;

/** Looks again and again; what the last look said is the failure. */
async function until(withinMs: number, look: () => Promise<StepFailure | null>): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const failure = await look();
    if (failure === null) return;
    if (performance.now() > deadline) throw failure;
    await new Promise((resolve) => setTimeout(resolve, betweenLooksMs));
  }
}

/** One call, whose name nobody else uses. */
async function callAndAnswer(run: CaseRun, step: StepOf<'ask'>): Promise<void> {
  const { command, members, line } = requestOf(run, step.request);
  const connection = await run.connection(step.in, step.connection);
  const call = `ask ${++lastCall}`;
  const timeout = step.timeout_ms === undefined ? {} : { timeout_ms: step.timeout_ms };
  done(run, 'the request was not sent', await run.ask(step.in, { do: 'call', connection, call, command, members, ...timeout } as never));
  const reply = await run.ask(step.in, { do: 'answer', call });
  mustBe(run, 'the answer is other than expected', expectedReply(run, step), reply, { sent: line });
}

const steps: Steps = {
  async become(run, { driver, uid, gid = uid }) {
    run.become(driver, { uid, gid });
  },

  attach: (run, { service, within_ms: withinMs = patienceOf(run) }) => run.attach(service, withinMs),

  async open(run, { in: driver, connection, socket = 'control', failed }) {
    const reply = await run.ask(driver, { do: 'open', connection, socket, path: run.setting.sockets[socket] });
    mustBe(run, 'opening the connection went otherwise', failed === undefined ? { done: true } : expectedReply(run, { failed }), reply);
  },

  async close(run, { in: driver, connection }) {
    done(run, 'the connection was not closed', await run.ask(driver, { do: 'close', connection }));
  },

  ask: callAndAnswer,

  async call(run, { in: driver, connection: on, call, request, timeout_ms }) {
    const { command, members, line } = requestOf(run, request);
    const connection = await run.connection(driver, on);
    run.called.set(call, line);
    const timeout = timeout_ms === undefined ? {} : { timeout_ms };
    done(run, 'the request was not sent', await run.ask(driver, { do: 'call', connection, call, command, members, ...timeout } as never));
  },

  async answer(run, step) {
    const reply = await run.ask(step.in, { do: 'answer', call: step.call });
    const sent = run.called.get(step.call) ?? null;
    mustBe(run, `the answer of ${step.call} is other than expected`, expectedReply(run, step), reply, { sent });
  },

  async cancel(run, { in: driver, call }) {
    done(run, 'the call was not given up', await run.ask(driver, { do: 'cancel', call }));
  },

  async await(run, { request, expect, error, within_ms: withinMs = patienceOf(run) }) {
    const { command, members, line } = requestOf(run, request);
    const session = new Session('control', await Connection.open(run.setting.sockets.control));
    try {
      await until(withinMs, async () => {
        const call: Call = session.call(command, members);
        const reply = await call.answered;
        const expected = expectedReply(run, { ...(expect === undefined ? {} : { expect }), ...(error === undefined ? {} : { error }) });
        const received = reply as unknown as Json;
        const differences = compare(expected, received, comparisonOf(run)).map(withoutPrefix);
        const facts = { sent: line, expected, received, differences };
        return differences.length === 0 ? null : new StepFailure(`it did not come to that within ${withinMs} ms`, facts);
      });
    } finally {
      session.connection.close();
    }
  },

  async stream(run, { in: driver, connection, stream, request, expect, error }) {
    const { command, members, line } = requestOf(run, request);
    run.called.set(stream, line);
    const reply = await run.ask(driver, { do: 'stream', connection, stream, command, members } as never);
    // A library may have nothing to say of an acknowledgement without members.
    if (reply.done === true && expect === undefined && error === undefined) return;
    mustBe(run, 'the acknowledgement is other than expected', expectedReply(run, error === undefined ? { expect } : { error }), reply, {
      sent: line,
    });
  },

  take: takeLines,

  async leave(run, { in: driver, stream }) {
    done(run, 'the stream was not left', await run.ask(driver, { do: 'leave', stream }));
  },

  async submit(run, { in: driver, stream, request, expect, error }) {
    const members = fillObject(request as unknown as JsonObject, run.scope);
    const line = printJson(members);
    run.called.set(stream, line);
    const reply = await run.ask(driver, { do: 'submit', stream, path: run.setting.sockets.jobs, members } as never);
    mustBe(run, 'the answer is other than expected', expectedReply(run, error === undefined ? { expect } : { error }), reply, {
      sent: line,
    });
  },

  async notify(run, { in: driver, failed, ends, do: _do, ...said }) {
    const text = said.text === undefined ? {} : { text: plain(said.text, run.scope) };
    const reply = await run.ask(driver, { do: 'notify', ...said, ...text }).catch((error: unknown) => {
      if (ends === true && error instanceof DriverFailure) return null;
      throw error;
    });
    if (reply === null) return;
    mustBe(run, 'the notification went otherwise', failed === undefined ? { done: true } : expectedReply(run, { failed }), reply, {
      sent: printJson(said),
    });
  },

  async environment(run, { in: driver, expect }) {
    const reply = await run.ask(driver, { do: 'environment', names: Object.keys(expect) });
    mustBe(run, 'the environment is other than expected', expectedReply(run, { expect }), reply);
  },

  async stored(run, { in: driver, expect }) {
    mustBe(run, 'what is kept is other than expected', expectedReply(run, { expect }), await run.ask(driver, { do: 'stored' }));
  },

  async signals(run, { in: driver, expect, within_ms: withinMs = patienceOf(run) }) {
    const reply = await run.ask(driver, { do: 'signals', count: expect.length, timeout_ms: withinMs });
    mustBe(run, 'the signals are other than expected', { answer: expect }, reply);
  },

  async exit(run, { in: driver, status }) {
    run.exit(driver, status);
  },

  async kill(run, { pid, signal }) {
    process.kill(Number(fill(pid as Json, run.scope)), `SIG${signal}`);
  },

  async send(run, { in: driver, connection: on, text, base64, times = 1, last }) {
    const connection = await run.connection(driver, on);
    const once = base64 === undefined ? Buffer.from(plain(text ?? '', run.scope)) : Buffer.from(base64, 'base64');
    const bytes = Buffer.concat(Array.from({ length: times }, () => once));
    run.called.set(`line ${driver ?? ''} ${connection}`, abbreviated(once.toString('utf8'), times));
    const end = last === undefined ? {} : { last };
    done(run, 'the bytes were not sent', await run.ask(driver, { do: 'send', connection, base64: bytes.toString('base64'), ...end }));
  },

  async line(run, { in: driver, connection: on, expect, text, ended, within_ms: withinMs = patienceOf(run), times = 1 }) {
    const connection = await run.connection(driver, on);
    const sent = run.called.get(`line ${driver ?? ''} ${connection}`) ?? null;
    for (let index = 0; index < times; index++) {
      const reply = await run.ask(driver, { do: 'line', connection, timeout_ms: withinMs });
      if (ended === true) mustBe(run, 'the connection was not closed', { ended: true }, reply, { sent });
      else if (reply.line === undefined)
        throw new StepFailure('there is no line', { sent, expected: (expect ?? text) as Json, received: reply });
      else compareLine(run, sent, reply.line, expect as Json | undefined, text as Json | undefined);
    }
  },

  async file(run, { path, deed, text = '' }) {
    const name = plain(path, run.scope);
    if (deed === 'remove') rmSync(name, { force: true, recursive: true });
    else {
      mkdirSync(dirname(name), { recursive: true });
      writeFileSync(name, plain(text, run.scope));
      if (deed === 'program') chmodSync(name, 0o755);
    }
  },

  async look(run, { path, expect, within_ms: withinMs = patienceOf(run) }) {
    const name = plain(path, run.scope);
    await until(withinMs, async () => {
      const expected = fill(expect as Json, run.scope);
      const received = textOf(name);
      const differences = compare(expected, received, comparisonOf(run));
      return differences.length === 0
        ? null
        : new StepFailure(`${name} is not so within ${withinMs} ms`, { expected, received, differences });
    });
  },

  async define(run, { key, values }) {
    const path = plain(key, run.scope);
    await writeKey(
      run.setting.sockets.registry,
      path,
      values === undefined ? null : fillObject(values as unknown as JsonObject, run.scope),
    );
  },
};

/** Null: there is no such file. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

const longest = 2000;
function abbreviated(text: string, times: number): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}... (${text.length} characters)` : text;
  return times === 1 ? shown : `${shown} (${times} times)`;
}

function compareLine(run: CaseRun, sent: string | null, line: string, expect: Json | undefined, text: Json | undefined): void {
  const expected = fill((expect ?? text ?? null) as Json, run.scope);
  let received: Json = line;
  if (expect !== undefined) {
    try {
      received = parseJson(line);
    } catch {
      throw new StepFailure('the line is no JSON', { sent, expected, received: line });
    }
  }
  const differences = compare(expected, received, comparisonOf(run));
  if (differences.length > 0) throw new StepFailure('the line is other than expected', { sent, expected, received: line, differences });
}

/** Lines come one by one; those that are of no account are passed over, and each of the others is the next one that is expected. */
async function takeLines(run: CaseRun, step: StepOf<'take'>): Promise<void> {
  const { in: driver, stream, lines, passing_over: passing, ended, within_ms: withinMs = patienceOf(run) } = step;
  const deadline = performance.now() + withinMs;
  const sent = run.called.get(stream) ?? null;
  const passed = (line: Json): boolean =>
    passing !== undefined && compare(fill(passing as Json, run.scope), line, comparisonOf(run)).length === 0;
  const next = async (): Promise<Json | undefined> => {
    for (;;) {
      const left = Math.max(0, Math.round(deadline - performance.now()));
      const reply = await run.ask(driver, { do: 'take', stream, count: 1, timeout_ms: left });
      if (reply.lines === undefined) throw new StepFailure('the lines could not be taken', { sent, received: reply });
      const [line] = reply.lines as unknown as readonly Json[];
      if (line !== undefined && passed(line)) continue;
      if (line === undefined && reply.ended !== true && ended === true)
        throw new StepFailure(`the stream has not ended within ${withinMs} ms`, { sent });
      return line;
    }
  };
  for (const [index, pattern] of (lines as unknown as readonly Json[]).entries()) {
    const received = await next();
    const expected = fill(pattern, run.scope);
    if (received === undefined) throw new StepFailure(`line ${index + 1} has not come within ${withinMs} ms`, { sent, expected });
    const differences = compare(expected, received, comparisonOf(run));
    if (differences.length > 0)
      throw new StepFailure(`line ${index + 1} is other than expected`, { sent, expected, received, differences });
  }
  if (ended !== true) return;
  const more = await next();
  if (more !== undefined) throw new StepFailure('a line came behind the last one that was expected', { sent, received: more });
}
