import { script, type Contender } from './contender.ts';
import { twins } from './twins.ts';

const nothing = (): Promise<void> => Promise.resolve();

export const contenders: readonly Contender[] = [
  ...[1, 16].map((workers): Contender => ({ name: 'ours', workers, prepare: nothing, command: () => script('ours.ts') })),
  { name: 'ours-with-events', workers: 16, optional: true, prepare: nothing, command: () => script('ours.ts', { EVENTS: 'true' }) },
  ...twins,
  { name: 'raw', workers: 16, ceiling: true, prepare: nothing, command: () => script('raw.ts') },
];
