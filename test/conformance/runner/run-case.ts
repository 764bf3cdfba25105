/** Runs one case: its names, its files, its drivers, its steps in order, and what is left of it afterwards. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { DriverReply, DriverRequest, SocketKind } from '../../../gen/conformance/types.ts';
import { Queue } from '../driver/queue.ts';
import { printJson } from '../json.ts';
import type { Driver, DriverPool, Identity } from './drivers.ts';
import { DriverFailure, driverOn, ownDriver, startDriver } from './drivers.ts';
import type { LoadedCase } from './load.ts';
import { namesOf, runDirectory, scratchDirectory, serviceName, UnknownName } from './names.ts';
import type { Exchange, Failure, Outcome } from './outcome.ts';
import { StepFailure, Unsupported } from './outcome.ts';
import type { Scope, Shapes } from './patterns.ts';
import { expanded } from './patterns.ts';
import { runStep } from './steps.ts';

export interface Setting {
  /** What the names of services begin with. */
  readonly prefix: string;
  readonly sockets: Readonly<Record<SocketKind, string>>;
  /** Command of the drivers that are programs; null: the suite's own. */
  readonly driver: string | null;
  readonly pool: DriverPool;
  readonly shapes: Shapes;
  /** How long what must come is waited for, against the usual; 1 when left out. */
  readonly patience?: number;
}

const defaultLimitSeconds = 30;
/** A service of the case may still write there. */
const removed = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 } as const;
const keptExchanges = 60;

/** What the steps of a case have in common. */
export class CaseRun {
  readonly loaded: LoadedCase;
  readonly setting: Setting;
  readonly scope: Scope;
  readonly exchanges: Exchange[] = [];
  /** Requests of calls by their name, to be told with what came of them. */
  readonly called = new Map<string, string>();
  readonly #drivers = new Map<string, Driver>();
  /** What the first driver must leave when the case is over. */
  readonly #toLeave: DriverRequest[] = [];
  readonly #servers = new Map<string, { readonly server: Server; readonly incoming: Queue<Socket> }>();
  readonly #sockets: Socket[] = [];
  readonly #opened = new Set<string>();

  constructor(loaded: LoadedCase, setting: Setting) {
    this.loaded = loaded;
    this.setting = setting;
    this.scope = namesOf(setting.prefix, loaded.path, loaded.services);
  }

  /** The case speaks of its directory. */
  get #hasFiles(): boolean {
    const { case: one, services } = this.loaded;
    return printJson([one.steps, services]).includes(`\${dir}`);
  }

  /** Makes the directory of the case, and where its helpers connect to. */
  async begin(): Promise<void> {
    if (this.#hasFiles) mkdirSync(scratchDirectory(this.setting.prefix, this.loaded.path), { recursive: true });
    this.#drivers.set('first', this.setting.pool.take());
    for (const [name, definition] of Object.entries(this.loaded.services)) {
      if (!printJson(definition).includes(`\${helper}`)) continue;
      const directory = join(runDirectory, serviceName(this.setting.prefix, this.loaded.path, name));
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, 'driver'), `${this.setting.driver ?? ownDriver}\n`);
      rmSync(join(directory, 'socket'), { force: true });
      const incoming = new Queue<Socket>();
      const server = createServer((socket) => {
        this.#sockets.push(socket);
        socket.on('error', () => {});
        incoming.put(socket);
      });
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ path: join(directory, 'socket'), readableAll: true, writableAll: true }, resolve);
      });
      this.#servers.set(name, { server, incoming });
    }
  }

  /** The driver in a service, each time that it has been started. */
  async attach(service: string, withinMs: number): Promise<void> {
    const found = this.#servers.get(service);
    if (found === undefined) throw new StepFailure(`no service ${service} of the case runs \${helper}`);
    const { values } = await found.incoming.take(1, withinMs);
    const [socket] = values;
    if (socket === undefined) throw new StepFailure(`the main process of ${service} has not connected within ${withinMs} ms`);
    this.#drivers.set(
      service,
      driverOn(service, socket, socket, () => socket.destroy()),
    );
  }

  become(name: string, identity: Identity): void {
    this.#drivers.set(name, startDriver(this.setting.driver ?? ownDriver, identity));
  }

  /** What a driver replies; what it cannot express ends the case. */
  async ask(name: string | undefined, request: DriverRequest): Promise<DriverReply> {
    const driver = this.#drivers.get(name ?? 'first');
    if (driver === undefined) throw new StepFailure(`there is no driver ${name}; attach or become makes one`);
    const reply = await driver.request(request);
    this.exchanges.push({ driver: name ?? 'first', sent: printJson(request), received: printJson(reply) });
    if (this.exchanges.length > keptExchanges) this.exchanges.shift();
    if (reply.unsupported !== undefined) throw new Unsupported(reply.unsupported);
    if (name === undefined) this.#note(request);
    return reply;
  }

  /** The driver does not reply to it. */
  exit(name: string, status: number): void {
    this.#drivers
      .get(name)
      ?.request({ do: 'exit', status })
      .catch(() => {});
    this.#drivers.delete(name);
  }

  /** Opens a connection the first time that it is used, if it is `main`. */
  async connection(driver: string | undefined, name: string | undefined): Promise<string> {
    const connection = name ?? 'main';
    const key = `${driver ?? 'first'} ${connection}`;
    if (connection !== 'main' || this.#opened.has(key)) return connection;
    this.#opened.add(key);
    const reply = await this.ask(driver, { do: 'open', connection, socket: 'control', path: this.setting.sockets.control });
    if (reply.done !== true) throw new StepFailure('the control socket cannot be opened', { received: reply });
    return connection;
  }

  #note(request: DriverRequest): void {
    if (request.do === 'open') this.#toLeave.push({ do: 'close', connection: request.connection });
    if (request.do === 'submit') this.#toLeave.push({ do: 'leave', stream: request.stream });
  }

  /** Leaves nothing behind; `isSound`: the first driver can be used for the next case. */
  async end(isSound: boolean): Promise<void> {
    const first = this.#drivers.get('first');
    let sound = isSound;
    if (first !== undefined) {
      for (const request of sound ? this.#toLeave : []) {
        const reply = await Promise.race([first.request(request), new Promise<null>((resolve) => setTimeout(resolve, 5_000, null))]).catch(
          () => null,
        );
        sound = sound && reply !== null;
      }
      this.setting.pool.giveBack(first, sound);
    }
    for (const [name, driver] of this.#drivers) if (name !== 'first') driver.close();
    for (const { server } of this.#servers.values()) server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#hasFiles) rmSync(scratchDirectory(this.setting.prefix, this.loaded.path), removed);
  }
}

export async function runCase(loaded: LoadedCase, setting: Setting): Promise<Outcome> {
  const started = performance.now();
  const { path, case: one } = loaded;
  const run = new CaseRun(loaded, setting);
  const told = (): { path: string; title: string; proves: readonly string[]; ms: number } => ({
    path,
    title: one.title,
    proves: one.proves,
    ms: Math.round(performance.now() - started),
  });
  let step = 0;
  let isSound = false;
  const steps = async (): Promise<void> => {
    await run.begin();
    for (; step < one.steps.length; step++) {
      const next = one.steps[step];
      if (next !== undefined) await runStep(run, next);
    }
  };
  const limit = (one.limit_seconds ?? defaultLimitSeconds) * 1000 * (setting.patience ?? 1);
  let timer: NodeJS.Timeout | null = null;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new StepFailure(`the case was not over within ${limit / 1000} s; this step was still under way`)),
      limit,
    );
  });
  try {
    await Promise.race([steps(), late]);
    isSound = true;
    return { ...told(), status: 'passed' };
  } catch (error) {
    if (error instanceof Unsupported) {
      isSound = true;
      return { ...told(), status: 'skipped', reason: `the driver cannot express it: ${error.message}` };
    }
    const failure = failureOf(loaded, step, error, setting.shapes);
    return { ...told(), status: 'failed', failure, exchanges: [...run.exchanges] };
  } finally {
    if (timer !== null) clearTimeout(timer);
    await run.end(isSound);
  }
}

function failureOf({ file, line, stepLines, case: one }: LoadedCase, step: number, error: unknown, shapes: Shapes): Failure {
  const at = `${file}:${stepLines[step] ?? line}`;
  const named = `step ${step + 1}, ${one.steps[step]?.do ?? 'the beginning'}`;
  if (error instanceof StepFailure) {
    const { message: sentence, sent, received, differences } = error;
    const expected = error.expected === undefined ? null : printJson(expanded(error.expected, shapes));
    return { at, step: named, sentence, sent, expected, received, differences };
  }
  const known = error instanceof UnknownName || error instanceof DriverFailure;
  const sentence = known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { at, step: named, sentence, sent: null, expected: null, received: null, differences: [] };
}
