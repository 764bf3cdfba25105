import { foldName, serviceOfOrigin } from '../../../policy/definition/names.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import { integerOf, textOf } from './columns.ts';
import { Damage } from './failures.ts';

/** One stream of one process, as it is stored. */
export interface Source {
  readonly number: number;
  readonly job: string;
  readonly origin: string;
  readonly isError: boolean;
  readonly boot: number;
  readonly service: number;
}

export const channelOf = (service: number, isError: boolean): number => service * 2 + (isError ? 1 : 0);

/** Numbers that stand for names in rows. Those that were used last are kept, and found again without a look into the database. */
export class Names {
  readonly #connection: StoreConnection;
  readonly #services = new Map<string, number>();
  readonly #serviceNames = new Map<number, string>();
  readonly #sources = new Map<string, Source>();
  readonly #sourceRows = new Map<number, Source>();
  readonly #events = new Map<string, number>();
  readonly #eventNames = new Map<number, string>();
  readonly #boots = new Map<number, string>();

  constructor(connection: StoreConnection) {
    this.#connection = connection;
  }

  /** After a transaction that was undone, or deleted some. */
  forget(): void {
    for (const known of [this.#services, this.#serviceNames, this.#sources, this.#sourceRows, this.#events, this.#eventNames, this.#boots])
      known.clear();
  }

  /** Within a transaction; made if it is new. */
  service(name: string): number {
    const folded = foldName(name);
    const known = this.#services.get(folded);
    if (known !== undefined) return known;
    const insert = 'INSERT INTO service (folded, name) VALUES (?, ?) ON CONFLICT DO UPDATE SET folded = folded RETURNING number';
    return keep(this.#services, folded, number(this.#connection.statement(insert).get(folded, name)));
  }

  /** As it was first written; empty: ad-hoc jobs. */
  serviceName(service: number): string {
    const known = this.#serviceNames.get(service);
    if (known !== undefined) return known;
    return keep(this.#serviceNames, service, this.#text('SELECT name AS text FROM service WHERE number = ?', service));
  }

  /** Within a transaction; made if it is new. */
  source(job: string, origin: string, isError: boolean, boot: number): Source {
    const key = `${isError ? 1 : 0}${boot}\n${job}\n${origin}`;
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    const service = this.service(serviceOfOrigin(origin));
    const insert =
      'INSERT INTO source (job, origin, is_error, boot, service) VALUES (?, ?, ?, ?, ?) ' +
      'ON CONFLICT DO UPDATE SET boot = boot RETURNING number';
    const row = this.#connection.statement(insert).get(job, origin, isError ? 1 : 0, boot, service);
    return keep(this.#sources, key, { number: number(row), job, origin, isError, boot, service });
  }

  sourceOf(number: number): Source {
    const known = this.#sourceRows.get(number);
    if (known !== undefined) return known;
    const row = this.#connection.statement('SELECT job, origin, is_error, boot, service FROM source WHERE number = ?').get(number);
    if (row === undefined) throw new Damage('a row is of a source that it has not');
    return keep(this.#sourceRows, number, {
      number,
      job: textOf(row, 'job'),
      origin: textOf(row, 'origin'),
      isError: integerOf(row, 'is_error') !== 0,
      boot: integerOf(row, 'boot'),
      service: integerOf(row, 'service'),
    });
  }

  /** Within a transaction; made if it is new. */
  event(name: string): number {
    const known = this.#events.get(name);
    if (known !== undefined) return known;
    const insert = 'INSERT INTO event_name (name) VALUES (?) ON CONFLICT DO UPDATE SET name = name RETURNING number';
    return keep(this.#events, name, number(this.#connection.statement(insert).get(name)));
  }

  eventName(event: number): string {
    const known = this.#eventNames.get(event);
    if (known !== undefined) return known;
    return keep(this.#eventNames, event, this.#text('SELECT name AS text FROM event_name WHERE number = ?', event));
  }

  bootId(boot: number): string {
    const known = this.#boots.get(boot);
    if (known !== undefined) return known;
    return keep(this.#boots, boot, this.#text('SELECT id AS text FROM boot WHERE number = ?', boot));
  }

  /** All services: number and name. */
  services(): { readonly number: number; readonly name: string }[] {
    return this.#connection
      .statement('SELECT number, name FROM service')
      .all()
      .map((row) => ({ number: integerOf(row, 'number'), name: textOf(row, 'name') }));
  }

  /** All names of events. */
  events(): { readonly number: number; readonly name: string }[] {
    return this.#connection
      .statement('SELECT number, name FROM event_name')
      .all()
      .map((row) => ({ number: integerOf(row, 'number'), name: textOf(row, 'name') }));
  }

  #text(sql: string, key: number): string {
    const row = this.#connection.statement(sql).get(key);
    if (row === undefined) throw new Damage('a row has a number that stands for no name');
    return textOf(row, 'text');
  }
}

function number(row: Record<string, unknown> | undefined): number {
  if (row === undefined) throw new Damage('a name got no number');
  return integerOf(row, 'number');
}

const mostKept = 4_096;

function keep<Key, Value>(known: Map<Key, Value>, key: Key, value: Value): Value {
  if (known.size >= mostKept) known.clear();
  known.set(key, value);
  return value;
}
