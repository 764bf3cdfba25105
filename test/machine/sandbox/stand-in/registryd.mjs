/** The registry import of a sandbox under test: appends what it is handed to its store; refuses a file that says "broken". */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';

const [option, store, force, command, ...files] = process.argv.slice(2);
if (option !== '--store' || force !== '--force' || command !== '--import') throw new Error(`unexpected ${process.argv.slice(2).join(' ')}`);
const imported = files.map((file) => {
  const [, descriptor, name] = /^fd:(\d+):(.*)$/s.exec(file);
  return { name, text: readFileSync(Number(descriptor), 'utf8') };
});
const broken = imported.find(({ text }) => text.includes('broken'));
if (broken !== undefined) {
  console.error(`${broken.name}:1: Machine\\Broken: it says so`);
  process.exit(2);
}
mkdirSync(store, { recursive: true });
appendFileSync(`${store}/machine.db`, `${JSON.stringify(imported)}\n`);
