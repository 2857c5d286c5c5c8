import { describe, expect, test } from '@jest/globals';
import { labelOf, type Contender } from '../contenders/contender.ts';
import { parseOptions, plan, type Options } from './plan.ts';

const contender = (name: string, workers: number, more: Partial<Contender> = {}): Contender =>
  ({ name, workers, prepare: () => Promise.resolve(), command: () => ({ file: name, args: [], env: {} }), ...more });
const all = [contender('ours', 1), contender('ours', 16), contender('twin', 16), contender('raw', 16, { ceiling: true }), contender('rare', 16, { optional: true })];
const parse = (...args: string[]): Options => parseOptions(args, all, '/out');
const labels = ({ contenders }: Options): string[] => contenders.map(labelOf);

describe('options', () => {
  test.each<[string, string[], string[]]>([
    ['take all that are not optional', [], ['ours-1', 'ours-16', 'twin-16', 'raw-16']],
    ['leave out the slower setting of each when it must be quick', ['--quick'], ['ours-16', 'twin-16', 'raw-16']],
    ['take a name with all its settings', ['--contender', 'ours'], ['ours-1', 'ours-16']],
    ['take one setting, and an optional one that is asked for', ['--contender', 'ours-1', '--contender', 'rare'], ['ours-1', 'rare-16']],
  ])('%s', (_name, args, expected) => expect(labels(parse(...args))).toEqual(expected));

  test.each<[string[], string]>([
    [['--contender', 'nobody'], '--contender nobody is none of ours-1, ours-16, twin-16, raw-16, rare-16'],
    [['--n', '0'], '--n 0 is not a whole number above 0'],
    [['--repeats', 'few'], '--repeats few is not a whole number above 0'],
    [['--tier', '3'], '--tier 3 is neither 1 nor 2'],
  ])('%j are refused', (args, message) => expect(() => parse(...args)).toThrow(message));

  test('that nobody knows are refused', () => expect(() => parse('--fast')).toThrow('--fast'));
});

describe('a plan', () => {
  test('lets all contenders run once before any runs again, in another order each time', () => {
    const planned = plan(parse('--n', '100', '--tier', '1', '--repeats', '8'));
    const orders = Array.from({ length: 8 }, (_, repeat) => planned.filter((run) => run.repeat === repeat).map((run) => labelOf(run.contender)));
    expect(planned.map(({ repeat }) => repeat)).toEqual(planned.map((_, at) => Math.floor(at / 4)));
    for (const order of orders) expect(order.toSorted()).toEqual(['ours-1', 'ours-16', 'raw-16', 'twin-16']);
    expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
  });

  test.each<[string, string[], string[]]>([
    ['follows each contender but the ceiling to the end once for each size', ['--contender', 'ours-1', '--contender', 'raw', '--tier', '1', '--repeats', '2'], ['100', '1000 faults', '10000']],
    ['is quick about it', ['--quick', '--contender', 'ours-1'], ['200']],
    ['breaks nothing where all sizes are large', ['--contender', 'ours-1', '--tier', '1', '--n', '5000', '--repeats', '1'], ['5000']],
    ['measures speed alone', ['--speed', '--contender', 'ours-1', '--tier', '1'], []],
    ['counts nothing where others write, too', ['--contender', 'ours-1', '--tier', '2'], []],
  ])('%s', (_name, args, expected) => {
    const lives = plan(parse(...args)).flatMap(({ n, life }) => (life === undefined ? [] : [life.faults ? `${n} faults` : String(n)]));
    expect(lives).toEqual(expected);
  });

  test('has the sizes of each tier', () => {
    const sizes = plan(parse('--contender', 'ours-1', '--repeats', '1')).map(({ tier, n }) => `${tier}: ${n}`);
    expect(sizes).toEqual(['1: 100', '1: 1000', '1: 10000', '2: 100', '2: 1000']);
  });
});
