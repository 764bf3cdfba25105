import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { arrows } from '../../.ci/arrows.ts';
import { idsIn, parseRequirements } from '../../.ci/trace.ts';
import { commands as verbs } from '../../clients/peiosctl/commands/index.ts';
import { options } from '../../clients/peiosctl/options.ts';
import { isVerbGroup, verbGroups } from '../../clients/peiosctl/verb-groups.ts';
import { commandNames, commands as commandRows } from '../../gen/control/facts.ts';
import { fromWire } from '../../src/platform/hosted/registry-values.ts';
import { decodeDefinitions } from '../../src/policy/definition/decode.ts';
import { readSeed } from '../../src/seed/read-seed.ts';
import { unknownFields } from '../../src/seed/unknown-fields.ts';

const project = join(import.meta.dirname, '../..');
const groups = new Map(await Promise.all(Object.entries(verbGroups).map(async ([name, { verbs: of }]) => [name, await of()] as const)));
const read = (path: string): string => readFileSync(join(project, path), 'utf8');
const filesBelow = (directory: string): readonly string[] =>
  readdirSync(join(project, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
const pagesIn = (directory: string): readonly string[] =>
  readdirSync(join(project, directory))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${directory}/${name}`);
const languages = readdirSync(join(project, 'docs/clients')).flatMap((name) => (name === 'README.md' ? [] : [name.replace('.md', '')]));
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...pagesIn('docs'), ...pagesIn('docs/clients')];

/** The heading as a link on the page names it. */
const anchorsOf = (page: string): readonly string[] =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );

/** A page may name a file by the end of its path. */
const files = ['src', 'test', 'spec', 'gen', 'bench', 'clients', 'bin', '.ci', 'examples'].flatMap(filesBelow);

for (const page of [...pages, ...languages.map((language) => `clients/${language}/README.md`)])
  t.test(`${page}: what it links to and the programs it names exist`, async (t) => {
    const text = read(page);
    for (const [, target = '', anchor] of text.matchAll(/\]\(([^)#]*)(?:#([^)]*))?\)/g)) {
      if (/^https?:/.test(target)) continue;
      const file = target === '' ? page : join(dirname(page), target);
      t.ok(existsSync(join(project, file)), file);
      if (anchor !== undefined) t.ok(anchorsOf(file).includes(anchor), `${file}#${anchor}`);
    }
    for (const [name] of text.matchAll(/(?<![\w/])bin\/[a-z-]+/g)) t.ok(existsSync(join(project, name)), name);
    for (const [name] of text.matchAll(/(?<![\w/])examples\/[a-z/-]+\.(?:yaml|py|ts)/g)) t.ok(existsSync(join(project, name)), name);
    // What a build makes is there after it.
    for (const [name] of text.matchAll(/(?<![\w./-])(?:src|test|spec|gen|bench|clients|docs|\.ci)\/[\w./-]*\w/g))
      if (!/\b(?:NAME|LANGUAGE)\b|\/build\//.test(name)) t.ok(existsSync(join(project, name)), name);
    for (const [, name = ''] of text.matchAll(/`([\w-]+(?:\/[\w-]+)*\.(?:ts|c|h|proto|sh))`/g))
      if (!/\b(?:NAME|LANGUAGE)\b/.test(name))
        t.ok(existsSync(join(project, name)) || files.some((file) => file.endsWith(`/${name}`)), name);
    t.ok(text.startsWith('#') || text.startsWith('<'), 'a heading');
  });

t.test('every page is linked from the README', async (t) => {
  const text = read('README.md');
  const reference = readdirSync(join(project, 'docs/reference')).map((name) => `docs/reference/${name}`);
  for (const page of [...pages.slice(1), ...reference]) t.ok(text.includes(`(${page})`), page);
});

/** The cells of a table's rows, without its head. */
const rowsUnder = (page: string, heading: string): readonly (readonly string[])[] => {
  const [, after = ''] = read(page).split(`## ${heading}\n`);
  const [section = ''] = after.split('\n## ');
  return [...section.matchAll(/^\| (.*) \|$/gm)].slice(2).map(([, row = '']) => row.split(/ ?\| ?/));
};
const codeIn = (text = ''): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

t.test('the table of rooms says what the arrows allow', async (t) => {
  /** What all may know. */
  const common = new Set(['gen', 'src/json', 'src/kernel']);
  const rows = rowsUnder('docs/architecture.md', 'The rooms').map(([rooms, , knows]) => ({ rooms: codeIn(rooms), knows: codeIn(knows) }));
  const told = (room: string): string | undefined =>
    rows
      .flatMap(({ rooms }) => rooms)
      .filter((one) => room === one || room.startsWith(`${one}/`))
      .sort((one, other) => other.length - one.length)[0];
  for (const room of Object.keys(arrows)) if (!/^(?:gen|spec)/.test(room)) t.ok(told(room), `${room} has a row`);
  for (const { rooms, knows } of rows) {
    const allowed = Object.entries(arrows)
      .filter(([room]) => rooms.includes(told(room) ?? ''))
      .flatMap(([, targets]) => targets.map((target) => told(target) ?? target))
      .filter((target) => !rooms.includes(target) && !common.has(target));
    const full = knows.map((name) => (name === 'clients' ? name : `src/${name}`));
    const inRow = rooms.includes('src/linux') ? full.filter((name) => name !== 'src/kernel') : full;
    t.strictSame(inRow.toSorted(), [...new Set(allowed)].toSorted(), rooms.join(', '));
  }
});

t.test('the newest changes are those of the version', async (t) => {
  const [, newest] = /^## (\d+\.\d+\.\d+)/m.exec(read('CHANGELOG.md')) ?? [];
  const { version } = JSON.parse(read('package.json'));
  const lock = JSON.parse(read('package-lock.json'));
  const client = JSON.parse(read('clients/typescript/package.json')).version;
  t.strictSame([version, lock.version, lock.packages[''].version, client], [newest, newest, newest, newest]);
});

t.test('the words of the code are words of the code', async (t) => {
  const sources = filesBelow('src')
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const rows = rowsUnder('docs/architecture.md', 'Words of the code');
  t.ok(rows.length > 20, `${rows.length} rows`);
  for (const [words = ''] of rows)
    for (const word of words.split(', ')) t.match(sources, new RegExp(`\\b${word.replace(/ed$/, '')}`, 'i'), word);
});

t.test('architecture names the commands that are extensions, and the command line names all', async (t) => {
  const [, list = ''] = /extensions in the schema: (.*)\./.exec(read('docs/architecture.md')) ?? [];
  t.strictSame(codeIn(list).toSorted(), commandNames.filter((name) => commandRows[name].extension).toSorted());
  const text = read('docs/commands.md');
  for (const name of [...Object.keys(verbs), ...[...groups.values()].flatMap(Object.keys)])
    t.match(text, new RegExp(`\\b${name}\\b`), name);
});

t.test('the commands that are shown are commands', async (t) => {
  const { scripts } = JSON.parse(read('package.json'));
  for (const page of pages) {
    const text = read(page);
    for (const [shown, command = '', verb = ''] of text.matchAll(/\bpeiosctl ([a-z][a-z-]*)(?: ([a-z-]+))?/g)) {
      if (isVerbGroup(command)) t.ok(Object.hasOwn(groups.get(command) ?? {}, verb), `${page}: ${shown}`);
      else t.ok(Object.hasOwn(verbs, command), `${page}: ${shown}`);
    }
    for (const [, run, name = ''] of text.matchAll(/(?:`|^|\$ )npm (run )?([a-z]+(?:-[a-z]+)*)/gm))
      t.ok(name in scripts && (run !== undefined || name === 'start' || name === 'test'), `${page}: npm ${name}`);
  }
});

t.test('the options that are shown exist', async (t) => {
  const sources = [
    'src/linux/launcher/options.c',
    'bin/vm/options.ts',
    'bin/setup',
    'bench/run.ts',
    'test/simulation/run.ts',
    'test/mutation/run.ts',
    'src/hosted/registryd/help.ts',
    'src/hosted/eventd/help.ts',
    'bench/compare.ts',
    'bin/release',
    'bin/inside/flags',
    '.ci/trace.ts',
    'test/conformance/runner/command-line.ts',
    'test/conformance/driver/main.ts',
    'test/conformance/misbehaving/main.ts',
  ];
  const known = new Set([
    ...Object.keys(options),
    ...[
      ...[...sources.map(read), ...filesBelow('clients/peiosctl').map((file) => readFileSync(file, 'utf8'))]
        .join('\n')
        .matchAll(/--([a-z][a-z-]*)/g),
    ].map(([, name]) => name),
  ]);
  // Of docker, systemd-run, redis, gunicorn and php-fpm.
  const foreign = new Set([
    'strip-components',
    'privileged',
    'rm',
    'systemd',
    'tmpfs',
    'stop-timeout',
    'user',
    'scope',
    'supervised',
    'check',
    'foreground',
    'graceful-timeout',
    'nodaemonize',
  ]);
  for (const page of pages) {
    const text = read(page).replace(/```yaml\n[\s\S]*?```/g, '');
    for (const [shown, name = ''] of text.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g))
      if (!foreign.has(name)) t.ok(known.has(name), `${page}: ${shown}`);
  }
});

t.test('the definitions of docs/services.md and the README are sound', async (t) => {
  const blocks = ['docs/services.md', 'README.md'].flatMap((page) =>
    [...read(page).matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block),
  );
  t.ok(blocks.length >= 8, `${blocks.length} of them`);
  for (const block of blocks) {
    const keys = await readSeed('page.yaml', block);
    t.strictSame(unknownFields(keys), []);
    const definitions = keys.map(({ path, values }) => ({
      name: path.at(-1) ?? '',
      values: values.map(({ name, type, data }) => fromWire(name, type, data)!),
    }));
    const { services } = decodeDefinitions(definitions, []);
    t.strictSame(
      services.flatMap(({ findings }) => findings),
      [],
      block,
    );
  }
});

t.test('decisions that are named in the code or the reference are on their page', async (t) => {
  const told = new Set([...read('docs/decisions.md').matchAll(/^\| ([OD]-\d{2,3}) \|/gm)].map(([, id]) => id));
  // Descriptors are no text.
  const written = ['src', 'spec', 'docs/reference', 'clients', 'bin'].flatMap(filesBelow).filter((file) => !file.endsWith('.binpb'));
  for (const file of written)
    for (const [id] of readFileSync(file, 'utf8').matchAll(/\b[OD]-\d{2,3}\b/g)) t.ok(told.has(id), `${id} of ${file}`);
});

t.test('requirements that are named anywhere are in the list', async (t) => {
  const rows = parseRequirements(read('docs/requirements.tsv'));
  const prefixes = new Set([...rows.keys()].map((id) => id.replace(/-\d+$/, '')));
  const unknown = ['src', 'spec', 'docs', 'clients', 'bin', 'test', 'bench'].flatMap((directory) =>
    filesBelow(directory)
      .filter((file) => /\.(?:ts|c|h|proto|md|yaml)$/.test(file) && !file.endsWith('infrastructure/trace.test.ts'))
      .flatMap((file) =>
        [...idsIn(readFileSync(file, 'utf8'))]
          .filter((id) => prefixes.has(id.replace(/-\d+$/, '')) && !rows.has(id))
          .map((id) => `${id} of ${file.slice(project.length + 1)}`),
      ),
  );
  t.ok(rows.size > 700, `${rows.size} rows`);
  t.strictSame(unknown, []);
});

t.test('the first service of the README is the example', async (t) => {
  const shown = /```yaml\n# examples\/hello\.yaml\n([\s\S]*?)```/.exec(read('README.md'))?.[1];
  t.equal(shown, read('examples/hello.yaml').replace(/^#.*\n/, ''));
});
