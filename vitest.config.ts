import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/reporter.ts';

const { CI } = process.env;

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/support/no-network.ts'],
    // Many files start nginx, gunicorn or a browser: two at once is what a machine with two cores carries.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
    unstubEnvs: true,
    unstubGlobals: true,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    reporters: ['default', new ClosingLine(CI !== undefined && CI !== '' && CI !== '0' && CI !== 'false')],
  },
});
