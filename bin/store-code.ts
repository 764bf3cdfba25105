/**
 * Compiles a script and writes the code that node:vm takes as `cachedData`. Run by the node and with the flags that will read it:
 *
 *   node FLAG... store-code.ts SCRIPT CODE [ARGUMENT...]
 *
 * Without arguments all of the script is compiled, not only what runs first. With them the script is run with them, and the code has what
 * that needed: less to read at each start of a program that does one of many things.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

const [path = '', target = '', ...words] = process.argv.slice(2);
const source = readFileSync(path, 'latin1');

function compile(): Script {
  if (words.length > 0) return new Script(source, { filename: path });
  setFlagsFromString('--no-lazy');
  const script = new Script(source, { filename: path });
  // The flags are part of what the code is bound to.
  setFlagsFromString('--lazy');
  return script;
}

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
