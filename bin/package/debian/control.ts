/** The control files of the package. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../entry.ts';
import type { ControlFile } from './package.ts';
import { installedKiB } from './package.ts';

export const architecture = 'amd64';

/** What the runtime is linked with. The C library is that of the host on which the shim was compiled, at least the one that node needs. */
const depends = (libc: string): string => `libc6 (>= ${libc}), libgcc-s1, libstdc++6 (>= 8), libatomic1`;

const text = (version: string, libc: string, data: readonly Entry[]): string => `Package: peinit
Version: ${version}
Architecture: ${architecture}
Maintainer: The peinit project <peinit@localhost>
Installed-Size: ${installedKiB(data)}
Depends: ${depends(libc)}
Section: admin
Priority: optional
Description: service manager that can be process 1
 peinit boots a machine, supervises its services and ends it. It brings its
 registry (registryd), its authority (authd), its event log (eventd), the
 command peiosctl, and the Node that they run with.
 .
 Installing it changes nothing about how the machine boots: the kernel
 parameter init=/usr/bin/peinit does. /usr/share/doc/peinit/install.md tells
 how, and how to go back.
`;

const script = (name: string): ControlFile => ({
  name,
  text: readFileSync(join(import.meta.dirname, name), 'utf8'),
  program: true,
});

/** @param libc version of the C library that is needed */
export const controlFiles = (version: string, libc: string, data: readonly Entry[]): readonly ControlFile[] => [
  { name: 'control', text: text(version, libc, data), program: false },
  script('prerm'),
  script('postrm'),
];
