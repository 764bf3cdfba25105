/**
 * Files that have the machine to themselves when all tests run: they compare times with those of a quiet machine, count what it does, or
 * fill it. The others run several at a time. A name that ends with a slash stands for all below it.
 */
const alone: readonly string[] = [
  'test/machine/attacks/limits.test.ts',
  'test/machine/demo.test.ts',
  'test/machine/judges/crowd.test.ts',
  'test/machine/peinit/process-tree.test.ts',
  'test/machine/registryd/floods.test.ts',
  'test/machine/release.test.ts',
  'test/machine/robustness/exhaustion.test.ts',
  'test/machine/robustness/processes.test.ts',
  'test/machine/robustness/stalls.test.ts',
  'test/machine/runtime/',
  'test/machine/sandbox/start-time.test.ts',
];

export const runsAlone = (file: string): boolean => alone.some((name) => (name.endsWith('/') ? file.startsWith(name) : file === name));
