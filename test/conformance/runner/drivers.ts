/** Drivers of a run: the suite's own in this process, or programs that speak the driver protocol. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { DriverReply, DriverRequest } from '../../../gen/conformance/types.ts';
import { createRawDriver } from '../driver/raw.ts';
import { parseJson, printJson } from '../json.ts';
import { linesOf } from '../lines.ts';
import { suiteDirectory } from './load.ts';

export interface Driver {
  request(request: DriverRequest): Promise<DriverReply>;
  close(): void;
}

/** The driver ended, or said something that is no reply. */
export class DriverFailure extends Error {}

/** A driver at the other end of two streams. */
export function driverOn(name: string, output: Writable, input: Readable, onClose: () => void): Driver {
  const waiting: { readonly resolve: (reply: DriverReply) => void; readonly reject: (error: Error) => void }[] = [];
  let ended = false;
  const end = (why: string): void => {
    ended = true;
    for (const { reject } of waiting.splice(0)) reject(new DriverFailure(`the driver ${name} ${why}`));
  };
  const received = (line: string): void => {
    const next = waiting.shift();
    try {
      next?.resolve(parseJson(line) as DriverReply);
    } catch {
      next?.reject(new DriverFailure(`the driver ${name} said something that is no JSON: ${line.slice(0, 300)}`));
    }
  };
  const read = async (): Promise<void> => {
    for await (const line of linesOf(input)) received(line);
  };
  read().then(
    () => end('has ended'),
    () => end('has ended'),
  );
  for (const stream of [output, input]) stream.on('error', (error) => end(`cannot be reached: ${error.message}`));
  return {
    request: (request) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(new DriverFailure(`the driver ${name} has ended`));
        waiting.push({ resolve, reject });
        output.write(`${printJson(request)}\n`);
        return undefined;
      }),
    close() {
      end('was ended');
      onClose();
    },
  };
}

/** Words of a command, parted by blanks. */
const words = (command: string): readonly string[] => command.split(/\s+/).filter((word) => word !== '');

export const ownDriver: string = `${process.execPath} ${join(suiteDirectory, 'driver/main.ts')}`;

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** Runs a driver program; as somebody else where an identity is given. What it says on standard error is passed on. */
export function startDriver(command: string, identity: Identity | null = null): Driver {
  const [program = '', ...rest] = words(command);
  const child: ChildProcess = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/', ...identity });
  if (child.stdin === null || child.stdout === null) throw new DriverFailure(`the driver ${command} cannot be started`);
  const driver = driverOn(command, child.stdin, child.stdout, () => child.kill('SIGKILL'));
  child.on('error', (error) => console.error(`the driver ${command} cannot be started: ${error.message}`));
  return driver;
}

/** First drivers of cases: one for each case that runs, used again when a case left it in order. */
export interface DriverPool {
  take(): Driver;
  /** `isSound`: it answers, and keeps nothing of the case. */
  giveBack(driver: Driver, isSound: boolean): void;
  close(): void;
}

/** Null: the suite's own driver, in this process. */
export function createDriverPool(command: string | null): DriverPool {
  const idle: Driver[] = [];
  return {
    take: () => idle.pop() ?? (command === null ? createRawDriver() : startDriver(command)),
    giveBack(driver, isSound) {
      if (isSound && command !== null) idle.push(driver);
      else driver.close();
    },
    close() {
      for (const driver of idle.splice(0)) driver.close();
    },
  };
}
