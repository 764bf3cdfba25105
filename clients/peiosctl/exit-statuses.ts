/** Exit statuses of peiosctl. */
export const exitStatus = {
  done: 0,
  /** peinit refused, or something did not get where it should. */
  failed: 1,
  usage: 2,
  /** peinit or registryd cannot be reached. */
  unreachable: 3,
  /** status of a service that is not up. */
  notRunning: 4,
} as const;

export type ExitName = keyof typeof exitStatus;

/** What they mean for every command; a command may say more of one. */
export const exitMeanings: Readonly<Record<ExitName, string>> = {
  done: 'done',
  failed: 'refused, something did not get where it should, or the answer could not be written',
  usage: 'a wrong call: unknown command or option, missing argument, a seed file with an error',
  unreachable: "peinit or registryd cannot be reached, went away before the answer, or the socket is somebody else's",
  notRunning: '`status` of a service that is not up',
};
