/** What a machine in a container exits with. O-17, O-54. */
export const exitStatus = {
  done: 0,
  /** A boot that failed, and a critical service that failed for good. */
  failed: 125,
  /** Tells the launcher to boot again, after a critical failure. */
  rebootAfterFailure: 132,
  /** Tells the launcher to boot again. SHUT-015. */
  reboot: 133,
} as const;
