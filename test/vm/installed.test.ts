/** A machine that peinit was installed on: from what the package and the tarball hold, beside an init that was there. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { commands } from '../../bin/machine-files.ts';
import { contents } from '../../bin/package/contents.ts';
import { withDirectories } from '../../bin/package/entry.ts';
import manifest from '../../package.json' with { type: 'json' };
import { cannotBoot, imageOf, runInVm, startVm } from '../support/vm.ts';

const project = join(import.meta.dirname, '../..');
t.setTimeout(900_000);

const look = `
head -n 1 /usr/lib/peinit/VERSION
peiosctl list
gzip -dc /usr/share/man/man8/peinit.8.gz | grep -c 'init=/usr/bin/peinit'
registryd --store /tmp/store --import /usr/lib/peinit/base.yaml /usr/share/peinit/seeds/*.yaml && echo imported
`;

t.test(
  'a machine boots with init=/usr/bin/peinit after its installation, and with its old init again',
  { skip: cannotBoot() },
  async (t) => {
    const entries = withDirectories(await contents(project, manifest.version));
    const image = imageOf(t, (root) => {
      rmSync(join(root, 'usr/lib/peinit'), { recursive: true });
      for (const path of Object.keys(commands)) rmSync(join(root, path));
      for (const entry of entries) {
        const path = join(root, entry.path);
        mkdirSync(dirname(path), { recursive: true });
        if (entry.kind === 'file') writeFileSync(path, entry.content, { mode: entry.mode });
        else if (entry.kind === 'link') symlinkSync(entry.target, path);
      }
    });
    const { status, output, console } = await runInVm(t, ['--keep', image], look);
    t.equal(status, 0, console);
    t.match(output, new RegExp(`^peinit ${manifest.version}\n`));
    t.match(output, /^registryd +active/m);
    t.match(output, /^[1-9]\d*\nimported$/m);

    const old = startVm(t, ['--keep', image, '--cmdline', 'init=/bin/sh -- -c "echo the old init is back; poweroff -f"']);
    await old.shows(/the old init is back/);
    t.equal(await old.ends(), 0);
    t.notMatch(old.output(), /root is writable/);
  },
);
