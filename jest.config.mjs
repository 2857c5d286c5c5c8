const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  // Layers of images lie there, with packages of their own.
  modulePathIgnorePatterns: ['<rootDir>/.cache/'],
  transform: { '^.+\\.ts$': '<rootDir>/hack/jest-transform.mjs' },
};

const onApiServer = { setupFilesAfterEnv: ['<rootDir>/test/integration/patience.ts'] };

export default {
  cacheDirectory: '.cache/jest',
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/operator/**/*.test.ts', '<rootDir>/hack/**/*.test.ts', '<rootDir>/test/receivers/*.test.ts'] },
    { ...shared, ...onApiServer, displayName: 'integration', testMatch: ['<rootDir>/test/integration/**/*.test.ts'] },
    { ...shared, displayName: 'statistics', testMatch: ['<rootDir>/test/statistics/**/*.test.ts'] },
    { ...shared, ...onApiServer, displayName: 'faults', testMatch: ['<rootDir>/test/faults/**/*.test.ts'] },
    { ...shared, ...onApiServer, displayName: 'corpus', testMatch: ['<rootDir>/test/corpus/**/*.test.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
      globalSetup: '<rootDir>/test/e2e/start.ts', globalTeardown: '<rootDir>/test/e2e/stop.ts' },
  ],
};
