/** The 8 bytes a child of the remote form writes when a step fails: u32 step, i32 errno, little-endian. D-28, EXEC-016. */
import type { ChildStep } from './kernel.ts';
import { childStep } from './kernel.ts';

/** `executed`: end of file without a record. `garbled` counts as a failure before exec too. */
export type ChildReport =
  | { readonly kind: 'executed' }
  | { readonly kind: 'failed'; readonly step: ChildStep; readonly errno: number }
  | { readonly kind: 'garbled'; readonly bytes: number };

const steps: ReadonlyMap<number, ChildStep> = new Map(Object.values(childStep).map((step) => [step, step]));

/** Reads everything that came through the error pipe until its end. */
export function parseErrorRecord(bytes: Uint8Array): ChildReport {
  if (bytes.length === 0) return { kind: 'executed' };
  if (bytes.length !== 8) return { kind: 'garbled', bytes: bytes.length };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const step = steps.get(view.getUint32(0, true));
  const errno = view.getInt32(4, true);
  if (step === undefined || errno < 1) return { kind: 'garbled', bytes: bytes.length };
  return { kind: 'failed', step, errno };
}
