/**
 * Runs the script of the same name beside it by its stored code, which bin/build-runtime made for this very node and its flags. V8 checks
 * that; code that does not fit is not used, and the script is compiled as usual.
 */
const { readFileSync } = process.getBuiltinModule('node:fs');
const { Script } = process.getBuiltinModule('node:vm');
const stem = import.meta.filename.slice(0, -'.mjs'.length);

function storedCode() {
  try {
    return readFileSync(`${stem}.code`);
  } catch {
    return undefined;
  }
}

const script = new Script(readFileSync(`${stem}.js`, 'latin1'), { filename: `${stem}.js`, cachedData: storedCode() });
script.runInThisContext()(import.meta.dirname);
