/** A permission and the name it is used under, handed over together, so that neither is forgotten. */
import type { IGrantable } from 'aws-cdk-lib/aws-iam';

export interface Gift<E extends object> {
  readonly environment: E;
  readonly grant: (to: IGrantable) => unknown;
}

export const gift = <E extends object>(environment: E, grant: Gift<E>['grant'] = () => {}): Gift<E> => ({
  environment,
  grant,
});

/** Of several gifts one; their names differ. */
export function together<A extends object, B extends object>(a: Gift<A>, b: Gift<B>): Gift<A & B> {
  return {
    environment: { ...a.environment, ...b.environment },
    grant(to) {
      a.grant(to);
      b.grant(to);
    },
  };
}
