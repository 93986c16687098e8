/** What a rule of cdk-nag asks for and is not done, each with its reason. A test lists what is neither done nor accepted. */
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** @param rules ids of AwsSolutions, of findings where a rule has several */
export function accept(construct: IConstruct, reason: string, ...rules: readonly string[]): void {
  for (const id of rules) Validations.of(construct).acknowledge({ id, reason });
}
