import type { RegistryType } from '../../../../gen/registry/types.ts';
import { registryTypeNames } from '../../../../gen/registry/types.ts';
import { quote } from '../../../json/text.ts';
import { typeNumber } from '../../../registry/data.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import type { Key } from './keys.ts';

/**
 * A whole tree as text: SQLite writes the JSON of each key's values itself, and no value ever becomes an object here. 12 000
 * values take about 5 ms this way and 20 to 33 through objects.
 */

/** One value as JSON; integers and lists stand in the column as they do on the wire. */
function valueExpression(type: RegistryType): string {
  const data = type === 'DWORD' || type === 'MULTI_SZ' ? 'v.data' : 'json_quote(v.data)';
  return `WHEN ${typeNumber(type)} THEN format('{"name":%s,"type":"${type}","data":%s}', json_quote(v.name), ${data})`;
}

// The frequent types first: the cases are tried in order.
const frequent: readonly RegistryType[] = ['DWORD', 'SZ', 'MULTI_SZ'];
const ordered = [...frequent, ...registryTypeNames.filter((type) => !frequent.includes(type))];
const valueJson = `CASE v.type ${ordered.map(valueExpression).join(' ')} END`;

/** Below a key that its reader may not read nothing is looked at. */
const walk = `WITH RECURSIVE t (id, path, depth, readable, security) AS (
  SELECT id, '', 0, 1, security FROM key WHERE id = ?1
  UNION ALL
  SELECT k.id, CASE t.path WHEN '' THEN k.name ELSE t.path || '\\' || k.name END, t.depth + 1, is_readable(k.security), k.security
  FROM t JOIN key k ON k.parent = t.id WHERE t.depth < ?2 AND t.readable
)`;
const columns = 'path, id, readable, CASE WHEN ?3 THEN security END';
const treeSql = `${walk} SELECT ${columns},
  CASE WHEN readable THEN (SELECT group_concat(${valueJson}) FROM value v WHERE v.key = t.id) END FROM t`;
const keysSql = `${walk} SELECT ${columns}, NULL FROM t`;
const valuesSql = `SELECT ${valueJson} AS json FROM value v WHERE v.key = ? ORDER BY v.folded`;
const bytesSql = 'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size';

/** Above this a single key may be too large to be one string of SQLite's, so each value is read by itself. */
const largeStoreBytes = 64 * 1024 * 1024;
const unlimitedDepth = 0x7fff_ffff;

/** Values: JSON of all, joined by commas; null where there are none. */
type TreeRow = readonly [path: string, id: number, readable: number, security: Uint8Array | null, values: string | null];

export interface TreeOptions {
  /** Levels below the key; null: all. */
  readonly depth: number | null;
  /** Length of a piece in UTF-16 units. */
  readonly pieceLength: number;
  /** Whether the one who asks may read a key with that descriptor. */
  readonly readable: (security: Uint8Array) => boolean;
  /** What of a descriptor stands in the tree; null: nothing of this one, or of any. */
  readonly shown: ((security: Uint8Array) => string | null) | null;
}

/** Who asks now; SQLite has it as a function. */
let isReadable: TreeOptions['readable'] = () => false;
const prepared = new WeakSet<StoreConnection>();

function prepare(connection: StoreConnection): void {
  if (prepared.has(connection)) return;
  prepared.add(connection);
  connection.database.function('is_readable', (security) => (security instanceof Uint8Array && isReadable(security) ? 1 : 0));
}

/** JSON of nodes, those of one piece joined by commas. */
class Pieces {
  readonly finished: string[] = [];
  readonly #length: number;
  #piece = '';

  constructor(length: number) {
    this.#length = length;
  }

  add(node: string): void {
    if (this.#piece !== '' && this.#piece.length + node.length > this.#length) this.end();
    this.#piece += this.#piece === '' ? node : `,${node}`;
  }

  end(): void {
    if (this.#piece !== '') this.finished.push(this.#piece);
    this.#piece = '';
  }
}

/** Keys beside each other mostly have the same descriptor. */
function rememberingLast(readable: TreeOptions['readable']): TreeOptions['readable'] {
  let last: Uint8Array = new Uint8Array();
  let answer = false;
  return (security) => {
    if (Buffer.compare(last, security) !== 0) {
      answer = readable(security);
      last = security;
    }
    return answer;
  };
}

/** Adds a key whose values do not fit into one piece: several nodes of the same path, one after another. */
function addValues(connection: StoreConnection, pieces: Pieces, path: string, id: number, pieceLength: number, further: string): void {
  let values = '';
  for (const row of connection.statement(valuesSql).iterate(id)) {
    const value = String(row['json']);
    if (values !== '' && values.length + value.length > pieceLength) {
      pieces.add(`{"path":${path},"values":[${values}]${further}}`);
      values = '';
    }
    values += values === '' ? value : `,${value}`;
  }
  pieces.add(`{"path":${path},"values":[${values}]${further}}`);
}

/**
 * One consistent read of a key and what lies below it, parents before children: JSON of nodes in pieces of about `pieceLength` units, or of
 * one value where that is longer. At least one piece. Throws EIO where a descriptor is broken.
 */
export function readTree(connection: StoreConnection, key: Key, options: TreeOptions): readonly string[] {
  const { depth, pieceLength, readable, shown } = options;
  prepare(connection);
  isReadable = rememberingLast(readable);
  const large = Number(connection.statement(bytesSql).get()?.['bytes']) > largeStoreBytes;
  const statement = connection.statement(large ? keysSql : treeSql);
  statement.setReturnArrays(true);
  const pieces = new Pieces(pieceLength);
  const rows = statement.all(key.id, depth ?? unlimitedDepth, shown === null ? 0 : 1) as unknown as readonly TreeRow[];
  for (const [path, id, isOpen, security, values] of rows) {
    const quoted = quote(path);
    const descriptor = shown === null || security === null ? null : shown(security);
    const further = `${isOpen === 0 ? ',"denied":true' : ''}${descriptor === null ? '' : `,"security":"${descriptor}"`}`;
    if (isOpen !== 0 && (large || (values !== null && values.length > pieceLength)))
      addValues(connection, pieces, quoted, id, pieceLength, further);
    else pieces.add(`{"path":${quoted},"values":[${values ?? ''}]${further}}`);
  }
  pieces.end();
  return pieces.finished;
}
