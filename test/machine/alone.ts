/**
 * Files that have the machine to themselves when all tests run: they measure, flood or fill it, or build what others use. The others run
 * two at a time. A name that ends with a slash stands for all below it.
 */
const alone: readonly string[] = [
  'test/machine/attacks/',
  'test/machine/demo.test.ts',
  'test/machine/eventd/hostile.test.ts',
  'test/machine/judges/crowd.test.ts',
  'test/machine/linux/native-build.test.ts',
  'test/machine/linux/sanitized.test.ts',
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
