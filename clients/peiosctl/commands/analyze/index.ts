import type { Verb } from '../../verb-groups.ts';
import { blame } from './blame.ts';
import { boot } from './boot.ts';
import { calendar } from './calendar.ts';
import { criticalChain } from './critical-chain.ts';
import { graph } from './graph.ts';
import { plot } from './plot.ts';
import { security } from './security.ts';
import { verify } from './verify.ts';

/** The reports, in the order of --help. */
export const analyzeVerbs: Readonly<Record<string, Verb>> = {
  boot,
  blame,
  'critical-chain': criticalChain,
  plot,
  graph,
  verify,
  calendar,
  security,
};
