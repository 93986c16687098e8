/** JSON Web Tokens (RFC 7519) of an identity provider, checked by its published keys (RFC 7517). */
import { createHash } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { Refusal } from '../api/problem.ts';
import { type Authenticate, USUAL_LIMITS } from './caller.ts';

export interface JwtOptions {
  /** Where the keys are published, or the keys. */
  readonly jwks: URL | JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
}

/** Only signatures: no shared secrets, and not `none`. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Objects lie under a name made of the subject, which may hold anything. */
export function byJwt({ jwks, issuer, audience }: JwtOptions): Authenticate {
  const keys = jwks instanceof URL ? createRemoteJWKSet(jwks, { timeoutDuration: 5000 }) : jwks;
  const refuse = (found: string) =>
    new Refusal('unauthorised', `expected Authorization: Bearer with a token of ${issuer}, found ${found}`);
  return async (request) => {
    const match = /^Bearer\s+([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.get('authorization') ?? '');
    if (!match) throw refuse(request.headers.has('authorization') ? 'something else' : 'none');
    const claims = await jwtVerify(match[1], keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      requiredClaims: ['sub', 'exp'],
      clockTolerance: 30,
    }).catch((error: unknown) => {
      if (error instanceof errors.JWTExpired) throw refuse('one that has expired');
      if (error instanceof errors.JWTClaimValidationFailed) throw refuse(`a wrong claim ${error.claim}`);
      if (error instanceof errors.JWKSTimeout)
        throw new Refusal('busy', 'expected the keys of the issuer, found no answer');
      throw refuse('one that does not hold');
    });
    const subject = claims.payload.sub!;
    const name = `sub-${createHash('sha256').update(subject).digest('hex').slice(0, 24)}`;
    const admin = `${claims.payload.scope ?? ''}`.split(' ').includes('firstbreak:admin');
    return { name, prefix: `${name}/`, limits: USUAL_LIMITS, admin };
  };
}
