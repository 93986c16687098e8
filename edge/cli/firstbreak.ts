#!/usr/bin/env node
/** The command line. Compiled code is cached between runs before anything else is loaded: a shot should be picked at once. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
