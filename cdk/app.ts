/**
 * What `npm run cdk` deploys: storage, picking, delivery and observability of one stage; training and the pipeline on request.
 * Wishes come by `-c name=value`, see context.ts.
 */
import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { wishesOf } from './context.ts';
import { PipelineStack } from './pipeline.ts';
import { stacksOf } from './stacks.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const app = new App();
const wishes = wishesOf(app.node);
const { pipeline } = wishes;
if (pipeline) new PipelineStack(app, 'firstbreak-pipeline', { ...wishes, pipeline }, version);
else stacksOf(app, wishes, version);
app.synth();
