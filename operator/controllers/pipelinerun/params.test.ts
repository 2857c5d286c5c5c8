import { describe, expect, test } from '@jest/globals';
import { params } from './params.ts';

const declared = { params: [{ name: 'seed', default: '1' }, { name: 'until' }] };
const given = (...list: { name: string; value: string }[]): { params: typeof list } => ({ params: list });

const cases: Record<string, { run: ReturnType<typeof given>; is: ReturnType<typeof params> }> = {
  'take their defaults': { run: given({ name: 'until', value: '2026' }), is: { values: { seed: '1', until: '2026' } } },
  'are overridden, also with nothing': { run: given({ name: 'seed', value: '' }, { name: 'until', value: '' }), is: { values: { seed: '', until: '' } } },
  'must be known': {
    run: given({ name: 'until', value: '1' }, { name: 'sead', value: '2' }),
    is: { values: { seed: '1', until: '1' }, problem: 'the Pipeline has no parameter "sead"' },
  },
  'must have a value': { run: given(), is: { values: { seed: '1' }, problem: 'parameter "until" has no default: give it a value' } },
};

describe('parameters', () => {
  test.each(Object.entries(cases))('%s', (_name, { run, is }) => expect(params(declared, run)).toEqual(is));
});
