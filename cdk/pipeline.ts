/**
 * Redeployment (`-c repository=OWNER/NAME -c connection=ARN`): whatever is merged goes to dev, and, when somebody has looked and
 * agreed, to prod. The pipeline changes itself first.
 */
import { Stack, Stage } from 'aws-cdk-lib';
import { BuildSpec, ComputeType, LinuxBuildImage } from 'aws-cdk-lib/aws-codebuild';
import { CodePipeline, CodePipelineSource, ManualApprovalStep, ShellStep } from 'aws-cdk-lib/pipelines';
import type { Construct } from 'constructs';
import { type Wishes, wordsOf } from './context.ts';
import type { StageName } from './settings.ts';
import { type Places, stacksOf } from './stacks.ts';

export class PipelineStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    wishes: Wishes & { readonly pipeline: object },
    version: string,
    places: Places = {},
  ) {
    super(scope, id);
    const { repository, branch, connection } = wishes.pipeline as NonNullable<Wishes['pipeline']>;
    const pipeline = new CodePipeline(this, 'Pipeline', {
      crossAccountKeys: false,
      synth: new ShellStep('Synth', {
        input: CodePipelineSource.connection(repository, branch, { connectionArn: connection }),
        commands: [
          'npm ci',
          'npm run check',
          'npm test',
          'npm run build:page',
          `npm run cdk -- synth ${wordsOf(wishes).join(' ')}`,
        ],
        primaryOutputDirectory: 'cdk/cdk.out',
      }),
      codeBuildDefaults: {
        buildEnvironment: { buildImage: LinuxBuildImage.AMAZON_LINUX_2_5, computeType: ComputeType.MEDIUM },
        partialBuildSpec: BuildSpec.fromObject({ phases: { install: { 'runtime-versions': { nodejs: 22 } } } }),
      },
      dockerEnabledForSynth: false,
      dockerEnabledForSelfMutation: false,
    });
    const stage = (name: StageName) => {
      const made = new Stage(this, name);
      stacksOf(made, { ...wishes, stage: name }, version, places);
      return made;
    };
    pipeline.addStage(stage('dev'));
    pipeline.addStage(stage('prod'), { pre: [new ManualApprovalStep('LookAtDev')] });
    pipeline.buildPipeline();
  }
}
