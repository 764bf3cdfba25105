/** Tokens as the authority of a test makes them. */

import { linuxToken } from '../../src/platform/hosted/identity/principals.ts';
import { serviceSid } from '../../src/security/service-sid.ts';
import type { Token } from '../../src/security/token.ts';
import { ordinaryGroup } from '../../src/security/token.ts';
import type { TokenSpec } from '../../src/security/token-spec.ts';
import { tokenSpec } from '../../src/security/token-spec.ts';

const localService = 'S-1-5-19';

/** Of LocalService for that service. */
export function serviceToken(service: string, changes: Partial<Token> = {}, ids: Partial<TokenSpec> = {}): TokenSpec {
  const groups = [{ sid: serviceSid(service), attributes: ordinaryGroup }];
  const token: Token = {
    ...linuxToken(0, []),
    user: localService,
    groups,
    privilegesPresent: 1n << 23n,
    privilegesEnabled: 1n << 23n,
    ...changes,
  };
  return tokenSpec({ token, uid: 61001, gid: 61002, supplementary: [61003], source: 'authd', ...ids });
}
