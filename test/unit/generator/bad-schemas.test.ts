/**
 * Schemas that the generator refuses. A line of a fixture that is wrong ends in `// !! SENTENCE` for each complaint about it; all
 * complaints about a file come at once, and no others.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SchemaError } from '../../../spec/plugin/problems.ts';
import { compile, filesBelow, fixtures, generate } from './support.ts';

const directory = join(fixtures, 'bad');
const files = compile(directory);

/** file:LINE: sentence, for each mark of a fixture. */
const expected = (name: string): readonly string[] =>
  readFileSync(join(directory, name), 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      line
        .split('// !! ')
        .slice(1)
        .map((sentence) => `spec/${name}:${index + 1}: ${sentence.trim()}`),
    );

const complaints = (name: string): readonly string[] => {
  try {
    generate(files, (candidate) => candidate === name);
    return [];
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return error.message.split('\n');
  }
};

const titles: { readonly [file: string]: string } = {
  'comments.proto': 'a declaration without a comment, and a member or value whose comment only repeats its name',
  'presence.proto': 'a member without presence',
  'types.proto': 'a type that has no place on the wire',
  'bounds.proto': 'bounds, patterns and decimal strings that do not fit the type',
  'names.proto': 'members or enum values of one name',
  'commands.proto': 'a method without command, a command without target or without its name in the request, or two of one name',
  'kinds.proto': 'members that stand with a kind that there is not, or that could not be missing',
  'matrix.proto': 'a matrix with a missing cell',
  'transitions.proto': 'a transition that names an unknown state or cause',
  'conflicts.proto': 'a conflict table with a missing row or cell',
  'envelope.proto': 'a member that the framing owns',
  'events.proto': 'events without a name, a section or a comment, of one name, and members that carry none',
  'event-elsewhere.proto': 'an event outside its package',
  'unions.proto': 'unions, arrays, members that others write, and links that cannot be told or written',
  'following.proto': 'parts, pushed messages and outcomes that do not fit their messages',
  'protocol.proto': 'two versions of the protocol, and one without a major number',
  'registry.proto': 'registry values of one name, without effect, or with a default that does not fit',
  'parameters.proto': 'parameters and notify keys of one name, or with a default that does not fit',
};

t.test('every bad schema is in the list', async (t) => t.same(filesBelow(directory), Object.keys(titles).sort()));

for (const [file, title] of Object.entries(titles)) {
  t.test(`refuses ${title}, at its line and with a remedy`, async (t) => {
    t.ok(expected(file).length > 0, 'the fixture has marks');
    t.same([...complaints(file)].sort(), [...expected(file)].sort());
  });
}
