import { jest } from '@jest/globals';

// A busy machine takes its time: nothing that passes waits for this.
jest.setTimeout(120_000);
