/** Lines and comments: where the compiler says that a declaration, or an option of it, stands. */
import type { AnyDesc, DescFile } from '@bufbuild/protobuf';
import { getComments } from '@bufbuild/protoplugin';
import type { Source } from './model.ts';

type Declared = Exclude<AnyDesc, DescFile>;

/** Field numbers of `options` in the descriptors, by kind. */
const optionsField: Partial<Record<Declared['kind'], number>> = { message: 7, enum: 3, enum_value: 3, field: 8, service: 3, rpc: 4 };

export interface Sources {
  at(declared: Declared): Source;
  /** The option with this number (and index, if it is a repeated one), or the declaration when the compiler does not tell. */
  atOption(declared: Declared, option: number, index?: number): Source;
  /** The comment of a declaration as paragraphs separated by an empty line. */
  comment(declared: Declared): string;
  /** What a file says of itself before its edition or syntax line. */
  intro(file: DescFile): string;
}

/** `root` is put before every file name, so that a complaint names a path that an editor can open. */
export function createSources(root: string): Sources {
  const lines = new Map<string, Map<string, number>>();
  const linesOf = (file: DescFile): Map<string, number> => {
    const known = lines.get(file.proto.name);
    if (known !== undefined) return known;
    const made = new Map<string, number>();
    for (const { path, span } of file.proto.sourceCodeInfo?.location ?? []) {
      const key = path.join(',');
      if (!made.has(key)) made.set(key, (span[0] ?? 0) + 1);
    }
    lines.set(file.proto.name, made);
    return made;
  };
  const fileOf = (declared: Declared): DescFile => {
    if ('file' in declared) return declared.file;
    return declared.parent.file;
  };
  const find = (declared: Declared, path: readonly number[]): Source => {
    const file = fileOf(declared);
    const known = linesOf(file);
    for (let length = path.length; length > 0; length--) {
      const line = known.get(path.slice(0, length).join(','));
      if (line !== undefined) return { file: `${root}${file.proto.name}`, line };
    }
    return { file: `${root}${file.proto.name}`, line: 1 };
  };
  return {
    at: (declared) => find(declared, getComments(declared).sourcePath),
    atOption(declared, option, index) {
      const own = getComments(declared).sourcePath;
      const options = optionsField[declared.kind];
      if (options === undefined) return find(declared, own);
      return find(declared, [...own, options, option, ...(index === undefined ? [] : [index])]);
    },
    comment: (declared) => tidy(getComments(declared).leading ?? ''),
    intro(file) {
      const location = file.proto.sourceCodeInfo?.location.find(({ path }) => path.length === 1 && (path[0] === 12 || path[0] === 14));
      return tidy([...(location?.leadingDetachedComments ?? []), location?.leadingComments ?? ''].join('\n\n'));
    },
  };
}

/** Lines joined to paragraphs; directives to the linter left out. */
function tidy(comment: string): string {
  const lines = comment
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => !line.startsWith('buf:lint:'));
  return lines
    .join('\n')
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.split('\n').join(' ').trim())
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}
