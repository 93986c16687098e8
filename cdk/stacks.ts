/** All stacks of a stage, and what each gets of the others. */
import { type Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { BUNDLES_FOLDER, built, LAMBDA_FOLDER, LAYER_FILE, PAGE_FOLDER, REPOSITORY } from './asset.ts';
import type { Wishes } from './context.ts';
import { DeliveryStack } from './delivery.ts';
import { ObservabilityStack } from './observability.ts';
import { PickingStack } from './picking.ts';
import { STAGES } from './settings.ts';
import { StorageStack } from './storage.ts';
import { TrainingStack } from './training.ts';

export interface Places {
  /** Of the bundle of functions. */
  readonly bundle?: string;
  /** Of the built page. */
  readonly page?: string;
  /** Of the archives of the field station. */
  readonly bundles?: string;
  /** File of the layer with ONNX Runtime's native library. */
  readonly layer?: string;
}

export function stacksOf(
  scope: Construct,
  { stage, training, email, callers, trust, runtime }: Wishes,
  version: string,
  {
    bundle = built(LAMBDA_FOLDER, 'npm run bundle:lambda'),
    page = PAGE_FOLDER,
    bundles = BUNDLES_FOLDER,
    layer = LAYER_FILE,
  }: Places = {},
): readonly Stack[] {
  const settings = STAGES[stage];
  const named = (part: string) => `firstbreak-${stage}-${part}`;
  const storage = new StorageStack(scope, named('storage'), settings);
  const picking = new PickingStack(scope, named('picking'), {
    ...{ settings, storage, callers, trust, runtime, bundle, version },
    layer: () => built(layer, 'npm run bundle:lambda -- --layer arm64'),
  });
  const stacks: Stack[] = [
    storage,
    picking,
    new DeliveryStack(scope, named('delivery'), { storage, page, bundles }),
    new ObservabilityStack(scope, named('observability'), { settings, storage, picking, email, bundle, trust }),
    ...(training ? [new TrainingStack(scope, named('training'), { settings, storage, repository: REPOSITORY })] : []),
  ];
  for (const stack of stacks) {
    Tags.of(stack).add('product', 'firstbreak');
    Tags.of(stack).add('stage', stage);
  }
  return stacks;
}
