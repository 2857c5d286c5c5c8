import { bundled, type Contender } from './contender.ts';
import { twins } from './twins.ts';

export const contenders: readonly Contender[] = [
  ...[1, 16].map((workers): Contender => ({ name: 'ours', workers, ...bundled('ours.ts') })),
  { name: 'ours-with-events', workers: 16, optional: true, ...bundled('ours.ts', { EVENTS: 'true' }) },
  ...twins,
  { name: 'raw', workers: 16, ceiling: true, ...bundled('raw.ts') },
];
