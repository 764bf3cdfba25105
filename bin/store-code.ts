/**
 * Compiles a script whole, not only what runs first, and writes the code that node:vm takes as `cachedData`. Run by the node and with the
 * flags that will read it:
 *
 *   node FLAG... store-code.ts SCRIPT CODE
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

const [path = '', target = ''] = process.argv.slice(2);
const source = readFileSync(path, 'latin1');
setFlagsFromString('--no-lazy');
const script = new Script(source, { filename: path });
// The flags are part of what the code is bound to.
setFlagsFromString('--lazy');
writeFileSync(target, script.createCachedData());
