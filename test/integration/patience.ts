import { jest } from '@jest/globals';

// A busy machine takes its time to start an API server.
jest.setTimeout(120_000);
