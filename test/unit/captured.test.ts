/** What the pages show of running machines: bin/capture-docs renews it, and this tells without a machine what has become wrong. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { rowsOf } from '../../bin/capture/colours.ts';
import { blockOf, isAlike, isDrawn, markedIn } from '../../bin/capture/marked.ts';
import { pictureOf } from '../../bin/capture/picture.ts';
import { allCommands } from '../../clients/peiosctl/all-commands.ts';
import { checkArguments } from '../../clients/peiosctl/description.ts';
import { createChangeFormatter } from '../../clients/peiosctl/format-change.ts';
import { createLineFormatter } from '../../clients/peiosctl/format-line.ts';
import { optionsOf, parseWords, refuseOthers } from '../../clients/peiosctl/options.ts';
import { painter } from '../../clients/peiosctl/paint.ts';
import { causeFacts } from '../../gen/service/facts.ts';
import type { State } from '../../gen/service/types.ts';
import { causeNames } from '../../gen/service/types.ts';

const project = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(project, path), 'utf8');
const pages = ['README.md', ...readdirSync(join(project, 'docs')).map((name) => `docs/${name}`)].filter((name) => name.endsWith('.md'));
const captured = pages.flatMap((page) => markedIn(page, read(page)).map((marked) => ({ ...marked, page })));
const largest = 60_000;

/** What a picture shows, as text. */
const textIn = (svg: string): string =>
  [...svg.matchAll(/<text[^>]*>(.*)<\/text>/g)]
    .map(([, row = '']) => row.replace(/<[^>]*>/g, ''))
    .join('\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
const rowsIn = ({ picture, shown }: (typeof captured)[number]): readonly string[] =>
  (picture === null ? shown : textIn(read(picture))).split('\n');

/** The words of a shell, which the pages only quote plainly. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

t.test('the calls that the captured places make are calls that peiosctl takes', async (t) => {
  const commands = new Map((await allCommands()).map((command) => [command.name, command]));
  const names = [...commands.keys()].map((name) => name.split(' ')[0] ?? name);
  let count = 0;
  for (const { page, line, settings, commands: shown } of captured)
    for (const command of [...shown, settings.before ?? '', settings.meanwhile ?? ''].flatMap((one) => one.split(/; |&& /))) {
      const [, call] = /^(?:bin\/peinit-sandbox exec \S+ -- )?peiosctl (.*)$/.exec(command) ?? [];
      if (call === undefined) continue;
      count += 1;
      const { values, positionals } = parseWords(wordsOf(call), names);
      const [first = '', second = ''] = positionals;
      const name = commands.has(`${first} ${second}`) ? `${first} ${second}` : first;
      const rest = positionals.slice(name.split(' ').length);
      const verb = commands.get(name);
      t.ok(verb, `${page}:${line}: ${command}`);
      if (verb === undefined) continue;
      t.doesNotThrow(() => {
        refuseOthers(values, name, optionsOf(verb.description, verb.peer), () => []);
        checkArguments(verb.description, rest);
      }, `${page}:${line}: ${command}`);
    }
  t.ok(count > 30, `${count} of them`);
});

t.test('captured pictures show what their comment runs, and are small', async (t) => {
  for (const { page, line, picture, commands: shown } of captured) {
    if (picture === null) continue;
    t.ok(statSync(join(project, picture)).size < largest, `${page}:${line}: ${picture}`);
    const rows = textIn(read(picture)).split('\n');
    // One that a command has drawn shows no call.
    if (isDrawn(read(picture))) continue;
    t.strictSame(
      rows.filter((row) => row.startsWith('$ ')),
      shown.map((command) => `$ ${command}`),
      `${page}:${line}`,
    );
  }
});

t.test('captured lines have the form that peiosctl gives them now', async (t) => {
  const plain = painter(false);
  const dated = (time: string): string => new Date(`2026-06-01T${time}`).toISOString();
  const now = (): number => Date.parse(dated('23:59:59'));
  let [lines, steps] = [0, 0];
  for (const one of captured) {
    const rows = rowsIn(one);
    const place = `${one.page}:${one.line}`;
    const line = /^(\d\d:\d\d:\d\d\.\d{3}) {2}(\S+) +([|!]) (.*)$/;
    const step = /^(\d\d:\d\d:\d\d\.\d{3}) {2}(\S+) +(\w+) +-> (\w+)(?: +(.*))?$/;
    // A picture has several commands, and each of them columns of its own.
    for (const part of rows.join('\n').split(/^\$ .*$/m)) {
      const written = part
        .split('\n')
        .flatMap((row) => [line.exec(row) ?? []])
        .filter((found) => found.length > 0);
      const format = createLineFormatter(
        plain,
        written.map(([, , name = '']) => name),
        now,
      );
      for (const [row, time = '', origin = '', mark, text = ''] of written) {
        lines += 1;
        t.equal(format({ origin, timestamp: dated(time), text, is_error: mark === '!' }), row, place);
      }
      const taken = part
        .split('\n')
        .flatMap((row) => [step.exec(row) ?? []])
        .filter((found) => found.length > 0);
      const formatter = createChangeFormatter(
        plain,
        null,
        taken.map(([, , name = '']) => name),
        now,
      );
      for (const [row, time = '', service = '', from = '', to = '', reason = ''] of taken) {
        // A long reason stands below.
        if (reason === '') continue;
        const cause = causeNames.find((name) => causeFacts[name].words === reason);
        if (cause === undefined) {
          t.fail(`${place}: no cause is told as "${reason}"`);
          continue;
        }
        steps += 1;
        const payload = { service, from: from as State, to: to as State, cause, detail: null, operation_id: null, job_id: null };
        t.strictSame(formatter.step(payload as unknown as Parameters<typeof formatter.step>[0], dated(time)), [row], place);
      }
    }
  }
  t.ok(lines > 20 && steps > 3, `${lines} lines, ${steps} steps`);
});

t.test('a comment that does not say what is to be captured is refused with its place', async (t) => {
  const refused = (text: string): string => {
    try {
      markedIn('page.md', text);
      return 'taken';
    } catch (error) {
      return (error as Error).message;
    }
  };
  t.equal(refused('A page.\n\n<!-- captured -->\nText.\n'), 'page.md:3: neither a block of code nor a picture follows at once');
  t.equal(refused('<!-- captured -->\n```console\noutput\n```\n'), 'page.md:1: it has no line that begins with $ and a blank');
  t.match(refused('<!-- captured\nbefor: true\n-->\n```console\n$ true\n```\n'), /^page\.md:1: "befor: true" is none of on, columns, /);
});

t.test('a block is what its commands wrote, as close together as it was', async (t) => {
  const runs = [
    { command: 'one', output: '1' },
    { command: 'none', output: '' },
  ];
  for (const apart of ['', '\n']) {
    const shown = `$ one\nold\n${apart}$ none\n`;
    const text = `<!-- captured\nbefore: x\n-->\n\`\`\`console\n${shown}\`\`\`\nEnd.\n`;
    const [marked] = markedIn('docs/page.md', text);
    t.strictSame(
      { ...marked, at: 0 },
      { line: 1, settings: { before: 'x' }, commands: ['one', 'none'], picture: null, title: '', shown, at: 0 },
    );
    t.equal(text.slice(marked!.at, marked!.at + shown.length), shown);
    t.equal(blockOf(marked!, runs), `$ one\n1\n${apart}$ none\n`);
  }
  const [picture] = markedIn('docs/page.md', '<!-- captured\n$ a\n-->\n![A title](a.svg)\n');
  t.strictSame(picture?.commands, ['a']);
  t.match(picture, { picture: 'docs/a.svg', title: 'A title', shown: 'a.svg' });
});

t.test('other times, ids and widths make no other page, nor does the order of lines; other words do', async (t) => {
  const one = '10:00:00.123  web  | pid 9\n-- boot 01a23145-247d-7000-88d5-802600000000 --';
  t.ok(isAlike(one, '-- boot 01a23146-347d-7000-88d5-8026000000ff --\n11:30:59.000  web   | pid 1024'));
  t.notOk(isAlike(one, one.replace('web', 'db')));
  t.notOk(isAlike(one, `${one}\n`));
});

t.test('a terminal gives text its colours and breaks what is too long', async (t) => {
  const usual = { colour: null, bold: false, dim: false };
  t.strictSame(rowsOf('\u001b[31mred\u001b[0m plain\n\n\u001b[1mbold', 6), [
    [
      { ...usual, colour: 31, text: 'red' },
      { ...usual, text: ' pl' },
    ],
    [{ ...usual, text: 'ain' }],
    [],
    [{ ...usual, bold: true, text: 'bold' }],
  ]);
  t.throws(() => rowsOf('\u001b[2J', 80), /more than colours/);
  const svg = pictureOf('A & B', [{ command: 'x', output: '<\u001b[32mgreen\u001b[0m>' }], 80);
  t.equal(textIn(svg), '$ x\n<green>');
  t.match(svg, /<title>A &amp; B<\/title>/);
  t.match(svg, /&lt;<tspan fill="#89d185">green<\/tspan>&gt;/);
});

t.test('a chart is another one when its words are, whatever its times', async (t) => {
  const chart = (...texts: readonly string[]): string =>
    `<svg><marker id="arrow"/>${texts.map((text) => `<text x="1">${text}</text>`).join('')}</svg>`;
  const before = chart('web1', 'waited for last', '12 ms');
  t.equal(isAlike(before, chart('web1', 'waited for last', '13.4 ms')), true);
  t.equal(isAlike(before, chart('web1', 'let go by', '12 ms')), false);
  t.equal(isAlike(before, chart('web2', 'waited for last', '12 ms')), false);
});
