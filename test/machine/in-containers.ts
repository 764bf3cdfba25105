/**
 * Which machine tests run once more in a container without privileges, where peinit has no cgroups and holds services by their processes
 * (`peinit-sandbox --container`), and which of those files do not, each with its reason. The runner tells the reasons of every run.
 */

/** A kind of container and the files that run in it; a name that ends with a slash stands for all below it. */
export interface Pass {
  readonly kind: string;
  readonly files: readonly string[];
}

export const passes: readonly Pass[] = [
  {
    kind: 'docker',
    files: [
      'test/machine/peinit/',
      'test/machine/robustness/',
      'test/machine/attacks/',
      'test/machine/access/',
      'test/machine/authd/services.test.ts',
      'test/machine/registryd/users.test.ts',
      'test/machine/peiosctl.test.ts',
      'test/machine/examples.test.ts',
      'test/machine/demo.test.ts',
    ],
  },
  { kind: 'rootless', files: ['test/machine/peinit/services.test.ts', 'test/machine/peinit/stopping.test.ts'] },
];

export interface Exception {
  readonly file: string;
  /** Of the tests that do not run; the whole file without one. */
  readonly title?: RegExp;
  readonly reason: string;
}

export const exceptions: readonly Exception[] = [
  {
    file: 'test/machine/attacks/attacks.test.ts',
    title: /^(?!root: has (?:twelve jobs|jobs run)|root: a service writes short lines)/,
    reason: 'they are about sockets and pipes, and make no processes that would have to be held',
  },
  { file: 'test/machine/attacks/limits.test.ts', reason: 'it is about the work of the daemons, not about how processes are held' },
  {
    file: 'test/machine/attacks/silence.test.ts',
    title: /^ID-001 SEC-029 /,
    reason: 'without cgroups a process that keeps its mark cannot get away',
  },
  { file: 'test/machine/examples.test.ts', title: /^mounts\.yaml /, reason: 'nothing may be mounted there' },
  { file: 'test/machine/peinit/boot.test.ts', title: /^BOOT-009 /, reason: 'cgroup2 is mounted read-only there' },
  { file: 'test/machine/peinit/fields.test.ts', title: /^EXEC-002 EXEC-039 /, reason: 'it is about the names of cgroups' },
  { file: 'test/machine/peinit/mounts.test.ts', reason: 'nothing may be mounted there, which it shows itself' },
  { file: 'test/machine/peinit/output-command.test.ts', reason: 'it is about answers, not about how processes are held' },
  { file: 'test/machine/peinit/output/capture.test.ts', reason: 'it is about pipes; what gets away from a service is about cgroups' },
  { file: 'test/machine/peinit/output/hand-over.test.ts', reason: 'it is about the link to the event daemon' },
  { file: 'test/machine/peinit/process-tree.test.ts', reason: 'it makes its containers itself' },
  { file: 'test/machine/robustness/connections.test.ts', reason: 'it is about the control socket' },
  { file: 'test/machine/robustness/containers.test.ts', reason: 'it makes its containers itself' },
  { file: 'test/machine/robustness/registry.test.ts', reason: 'it is about registryd and the connection to it' },
  { file: 'test/machine/robustness/requests.test.ts', reason: 'it is about the lines of the control socket' },
  { file: 'test/machine/robustness/strays.test.ts', reason: 'it is about processes that leave their cgroup' },
  {
    file: 'test/machine/robustness/survival.test.ts',
    title: /^ST-034 EXEC-003 /,
    reason: 'the cgroup that is left behind is what is named',
  },
  { file: 'test/machine/robustness/survival.test.ts', title: /frozen cgroups/, reason: 'nothing can be frozen without cgroups' },
  { file: 'test/machine/robustness/vanished-sockets.test.ts', reason: 'it is about sockets' },
];

/** Kinds of container that the file runs in as well. */
export const kindsFor = (file: string): readonly string[] =>
  exceptions.some((exception) => exception.file === file && exception.title === undefined)
    ? []
    : passes.filter(({ files }) => files.some((begin) => file.startsWith(begin))).map(({ kind }) => kind);
