/** How text of a definition is read further, by the syntax that the schema states for its field. */
import type { Syntax } from '../../../gen/options/types.ts';
import type { PathKind } from '../../../gen/paths/types.ts';
import { pathKindNames } from '../../../gen/paths/types.ts';
import { parseCheck } from './check.ts';
import { parseCommandLine } from './command-line.ts';
import { parseMountOption } from './mount-options.ts';
import { parseMountPoint } from './mount-point.ts';
import { isDependencyName } from './names.ts';
import type { Parsed } from './problem.ts';
import { bad, good, oneOf } from './problem.ts';
import { parseReloadAction } from './reload-action.ts';
import { parseSignal } from './signals.ts';
import { parseTrigger } from './trigger.ts';

export type SyntaxParser = (text: string) => Parsed<unknown>;

export const syntaxParsers: { readonly [S in Syntax]: SyntaxParser } = {
  absolute_path: parseAbsolutePath,
  optional_path: parseOptionalPath,
  command: parseCommandLine,
  reload_action: parseReloadAction,
  service_name: parseServiceName,
  trigger: parseTrigger,
  check: parseCheck,
  environment: parseAssignment,
  exit_code: parseExitCode,
  file_name: parseFileName,
  // Judged when the token is made: the authority knows the names. D-20.
  privilege: good,
  signal: (name) => parseSignal(name),
  mount_point: parseMountPoint,
  mount_option: parseMountOption,
  place: parsePlace,
  path_kind: parsePathKind,
};

function parseAbsolutePath(text: string): Parsed<string> {
  return text.startsWith('/') ? good(text) : bad('is not an absolute path', 'Write it from / on.');
}

/** A slash at its end says nothing. BOOT-080. */
function parsePlace(text: string): Parsed<string> {
  const path = text.replace(/\/+$/, '');
  const last = path.slice(path.lastIndexOf('/') + 1);
  if (!text.startsWith('/')) return parseAbsolutePath(text);
  if (path === '') return bad('is the root itself', 'Write the path of something below it.');
  if (last === '.' || last === '..') return bad('ends in no name', 'Write the path without . and .. at its end.');
  return Buffer.byteLength(path) < 4096 ? good(path) : bad('is longer than any path', 'Write one of less than 4096 bytes.');
}

/** BOOT-080. */
function parsePathKind(text: string): Parsed<PathKind> {
  const kind = pathKindNames.find((name) => name === text);
  return kind === undefined ? bad('is no kind of a provisioned path', `Write ${oneOf(pathKindNames)}.`) : good(kind);
}

/** A path that may be missing begins with a dash. O-28. */
function parseOptionalPath(text: string): Parsed<string> {
  const isPath = text.startsWith('/') || text.startsWith('-/');
  return isPath ? good(text) : bad('is not an absolute path', 'Write it from / on, after a dash if the file may be missing.');
}

/** SVC-019. */
function parseServiceName(text: string): Parsed<string> {
  if (isDependencyName(text)) return good(text);
  return bad('is not a service name', 'Names have 1 to 128 characters of A-Z a-z 0-9 . _ - ; a mount is written mount:/PATH.');
}

/** DEF-037. */
function parseAssignment(text: string): Parsed<string> {
  return text.indexOf('=') > 0 ? good(text) : bad('is not an assignment', 'Write KEY=VALUE; the key must not be empty.');
}

/** DEF-016. */
function parseExitCode(text: string): Parsed<number> {
  const code = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  return code <= 255 ? good(code) : bad('is not an exit code', 'Write a decimal number from 0 to 255.');
}

/** DEF-059. */
function parseFileName(text: string): Parsed<string> {
  const plain = text !== '' && text !== '.' && text !== '..' && !/[/\\\p{Cc}]/u.test(text) && Buffer.byteLength(text) <= 255;
  return plain
    ? good(text)
    : bad('is not a plain file name', 'Write one name without slash, backslash or control characters, of at most 255 bytes.');
}
