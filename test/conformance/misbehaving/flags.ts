/** All flags, by what they are about. */
import type { Flag } from './flag.ts';
import { accessFlags } from './flags/access.ts';
import { answerFlags } from './flags/answers.ts';
import { eventFlags } from './flags/events.ts';
import { framingFlags } from './flags/framing.ts';
import { lifecycleFlags } from './flags/lifecycle.ts';
import { operationFlags } from './flags/operations.ts';
import { registryFlags } from './flags/registry.ts';
import { requestFlags } from './flags/requests.ts';
import { streamFlags } from './flags/streams.ts';

export const flags: readonly Flag[] = [
  ...framingFlags,
  ...requestFlags,
  ...lifecycleFlags,
  ...operationFlags,
  ...answerFlags,
  ...accessFlags,
  ...streamFlags,
  ...eventFlags,
  ...registryFlags,
];
