import { checks } from './suites/checks.ts';

const { passed } = await checks();
process.exitCode = passed ? 0 : 1;
