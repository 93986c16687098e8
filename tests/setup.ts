/** Property-based tests try new inputs at every run; in CI always the same, so that a change fails for what it changed. */
import fc from 'fast-check';

if (process.env.CI) fc.configureGlobal({ seed: 20261122 });
