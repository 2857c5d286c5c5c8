const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  // Layers of images lie there, with packages of their own.
  modulePathIgnorePatterns: ['<rootDir>/.cache/'],
  setupFilesAfterEnv: ['<rootDir>/test/patience.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/hack/jest-transform.mjs' },
};

export default {
  cacheDirectory: '.cache/jest',
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/operator/**/*.test.ts', '<rootDir>/hack/**/*.test.ts', '<rootDir>/test/receivers/*.test.ts'] },
    { ...shared, displayName: 'integration', testMatch: ['<rootDir>/test/integration/**/*.test.ts'] },
    { ...shared, displayName: 'statistics', testMatch: ['<rootDir>/test/statistics/**/*.test.ts'] },
    { ...shared, displayName: 'faults', testMatch: ['<rootDir>/test/faults/**/*.test.ts'] },
    { ...shared, displayName: 'corpus', testMatch: ['<rootDir>/test/corpus/**/*.test.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
      globalSetup: '<rootDir>/test/e2e/start.ts', globalTeardown: '<rootDir>/test/e2e/stop.ts' },
  ],
};
