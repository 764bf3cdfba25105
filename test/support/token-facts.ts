/** What is told of a token that a test grants. */
import type { TokenFacts } from '../../src/policy/effects.ts';

export const systemFacts: TokenFacts = {
  summary: {
    user: 'S-1-5-18',
    user_name: 'SYSTEM',
    groups: ['S-1-5-32-544'],
    more_groups: 0,
    service_sid: null,
    privileges: ['SeCreateJobPrivilege'],
    integrity: 'system',
    token_id: null,
  },
  uid: 0,
};
