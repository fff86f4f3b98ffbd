import { configDefaults, defineConfig } from 'vitest/config';

const kernel = '**/*.kernel.test.ts';

export default defineConfig({
  test: {
    // Tests run on Node's own loader: Vite's turns every imported binding into a property read.
    experimental: { viteModuleRunner: false },
    reporters: ['default', ['json', { outputFile: '.results.json' }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{packages,apps}/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, kernel],
        },
      },
      {
        extends: true,
        test: {
          name: 'kernel',
          include: [kernel],
          globalSetup: ['test/kernel-setup.ts'],
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['{packages,apps}/*/src/**'], reporter: ['text', 'lcov'] },
  },
});
