/**
 * Compiles a script and writes the code that node:vm takes as `cachedData`. Run by the node and with the flags that will read it:
 *
 *   node FLAG... store-code.ts SCRIPT CODE [ARGUMENT...]
 *
 * Without arguments all of the script is compiled, not only what runs first. With them the script is run with them, and the code has what
 * that needed: less to read at each start of a program that does one of many things.
 *
 * The same script gives the same bytes wherever it lies, if node is given --hash-seed as well: what V8 writes is in the order of hashes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

const [path = '', target = '', ...words] = process.argv.slice(2);
const source = readFileSync(path, 'latin1');
/** Not where it is built; whoever reads the code says where it is then. */
const filename = basename(path);

function compile(): Script {
  if (words.length > 0) return new Script(source, { filename });
  setFlagsFromString('--no-lazy');
  const script = new Script(source, { filename });
  setFlagsFromString('--lazy');
  return script;
}

// The flags are part of what the code is bound to, and its readers have a random seed.
setFlagsFromString('--hash-seed=0');
const script = compile();
process.on('exit', () => {
  writeFileSync(target, script.createCachedData());
  // How the run went does not matter.
  process.exitCode = 0;
});
if (words.length > 0) {
  process.argv.splice(1, Number.POSITIVE_INFINITY, path, ...words);
  process.stdout.write = () => true;
  process.stderr.write = () => true;
  script.runInThisContext()(dirname(path));
}
