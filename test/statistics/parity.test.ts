import { beforeAll, describe, expect, test } from '@jest/globals';
import { between, normal, random } from '../../hack/random.ts';
import { corrections } from '../../operator/drift/adjust.ts';
import { chiSquare } from '../../operator/drift/chi-square.ts';
import { upperGamma } from '../../operator/drift/gamma.ts';
import { jensenShannon } from '../../operator/drift/jensen-shannon.ts';
import { performanceMetrics } from '../../operator/drift/judge-performance.ts';
import { kolmogorovSmirnov, kolmogorovSmirnovTail } from '../../operator/drift/ks.ts';
import { nullLaws } from '../../operator/drift/null.ts';
import { chanceOf, upperTail } from '../../operator/drift/proportions.ts';
import { studentTail } from '../../operator/drift/usual.ts';
import { cellCount, cellOf, pointCells } from '../../operator/profile/cells.ts';
import type { NumericBins } from '../../operator/profile/format.ts';
import { sortedValues } from '../../operator/profile/numeric.ts';
import { python } from './python.ts';

const exact = 1e-9;
const uniform = random(20_260);
const gaussian = normal(uniform);
const integer = (from: number, to: number): number => between(uniform, from, to);
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const pick = <T>(...from: readonly T[]): T => from[integer(0, from.length - 1)]!;
/** Counts of a few values in some cells and of many in others, as real ones are. */
const counts = (cells: number, largest: number): number[] => times(cells, () => integer(0, pick(2, 20, largest)));
const pair = (largest: number): [number[], number[]] => {
  const cells = integer(2, 40);
  return [counts(cells, largest).with(0, 1), counts(cells, largest).with(0, 1)];
};

/** One question to scipy, and what is expected of the answer. */
interface Case {
  readonly of: string;
  readonly given: readonly unknown[];
  readonly check: (answer: never) => void;
}

const near = (ours: number, error: number) => (theirs: number): void => expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(error);
const nearAll = (ours: readonly number[], error: number) => (theirs: readonly number[]): void => {
  expect(theirs).toHaveLength(ours.length);
  ours.forEach((value, at) => near(value, error)(theirs[at]!));
};

function counted(bins: NumericBins, values: readonly number[]): number[] {
  const cells = new Array<number>(cellCount(bins)).fill(0);
  for (const value of values) cells[cellOf(bins, value)]! += 1;
  return cells;
}

/** The cells that a profile of these values has. */
function binsOf(values: readonly number[]): NumericBins {
  const sorted = sortedValues(values.length);
  for (const value of values.toSorted((a, b) => a - b)) sorted.add(value);
  const { edges, atoms } = sorted.summary();
  return { type: 'Numeric', name: 'amount', edges, atoms };
}

function ties(): Case {
  const values = (): number[] => times(integer(1, 400), () => integer(0, 30));
  const [a, b] = [values(), values()];
  const every = Array.from({ length: 31 }, (_, value) => value);
  const bins: NumericBins = { type: 'Numeric', name: 'amount', edges: every, atoms: every };
  const { lower, upper } = kolmogorovSmirnov(counted(bins, a), counted(bins, b), pointCells(bins));
  return { of: 'kolmogorovSmirnov', given: [a, b], check: (theirs: number) => nearAll([lower, upper], exact)([theirs, theirs]) };
}

function continuous(): Case {
  const [shift, scale, discrete] = [pick(0, 0.1, 0.5, 2), pick(1, 1, 3), pick(0, 0, 0.3)];
  const values = (by: number): number[] => times(integer(50, 2_000), () => (uniform() < discrete ? 0 : gaussian() * scale + by));
  const [baseline, window] = [values(0), values(shift)];
  const bins = binsOf(baseline);
  const { lower, upper } = kolmogorovSmirnov(counted(bins, baseline), counted(bins, window), pointCells(bins));
  const check = (theirs: number): void => {
    expect(lower).toBeLessThanOrEqual(theirs + exact);
    expect(upper).toBeGreaterThanOrEqual(theirs - exact);
  };
  return { of: 'kolmogorovSmirnov', given: [baseline, window], check };
}

function tail(): Case {
  // Sizes whose n m / (n + m) = ratio * unit is whole: scipy rounds it.
  const [ratio, unit] = [integer(1, 10), integer(25, pick(60, 500))];
  const [n, m] = [(ratio + 1) * unit, ratio * (ratio + 1) * unit];
  const d = Math.min(1, (0.2 + 2.8 * uniform()) / Math.sqrt(ratio * unit));
  const ours = kolmogorovSmirnovTail(d, n, m);
  return { of: 'kolmogorovSmirnovTail', given: [d, n, m], check: (theirs: number) => near(ours, theirs <= 0.05 ? 1.2e-4 : 0.02)(theirs) };
}

function law(): Case {
  const chunks = times(40, () => [integer(100, 300), integer(20, 60), integer(100, 140)]);
  const [finest] = nullLaws({ type: 'Categorical', name: 'channel', categories: ['app', 'web'] }, chunks.map((cells) => ({ missing: 0, counts: cells })));
  return { of: 'nullLaw', given: [chunks], check: nearAll([finest!.mean, finest!.sd, finest!.q99], exact) };
}

function performance(): Case {
  const [truePositive, falsePositive, falseNegative, trueNegative, wrong] = times(5, () => integer(1, 300)) as [number, number, number, number, number];
  const outcomes = { truePositive, falsePositive, falseNegative, trueNegative, wrong };
  const ours = Object.values(performanceMetrics).map((metric) => {
    const { hits, trials } = metric.share(outcomes);
    return metric.value(hits / trials);
  });
  return { of: 'performance', given: Object.values(outcomes), check: nearAll(ours, exact) };
}

const cases: Readonly<Record<string, Case[]>> = {
  'the Kolmogorov-Smirnov statistic is exact where every value has a cell': times(200, ties),
  'the Kolmogorov-Smirnov statistic lies between its bounds in the cells of a profile': times(200, continuous),
  'the Kolmogorov-Smirnov p-value is off by no more than is said': times(1_000, tail),
  'the Jensen-Shannon distance': times(300, () => {
    const given = pair(pick(50, 5_000));
    return { of: 'jensenShannon', given, check: near(jensenShannon(...given), exact) };
  }),
  'the chi-square test: statistic, degrees of freedom and p-value': times(300, () => {
    const given = pair(pick(50, 5_000));
    const { statistic, degreesOfFreedom, p } = chiSquare(...given);
    return { of: 'chiSquare', given, check: nearAll([statistic, degreesOfFreedom, p], exact) };
  }),
  'the upper incomplete gamma function': times(300, () => {
    const given: [number, number] = [integer(1, 260) / 2, uniform() * 300];
    return { of: 'upperGamma', given, check: near(upperGamma(...given), exact) };
  }),
  'the tail of the normal distribution': times(200, () => {
    const z = uniform() * 16 - 8;
    return { of: 'upperTail', given: [z], check: near(upperTail(z), 7.5e-8) };
  }),
  'the tail of the distribution of Student': times(300, () => {
    const given: [number, number] = [uniform() * 16 - 8, integer(1, 50)];
    return { of: 'studentTail', given, check: near(studentTail(...given), given[1] < 9 ? 0.008 : 1.3e-4) };
  }),
  'the p-value of two proportions': times(200, () => {
    const [trials, others] = [integer(20, 5_000), integer(20, 5_000)];
    const [hits, otherHits] = [integer(1, trials - 1), integer(1, others - 1)];
    const ours = chanceOf(hits / trials - otherHits / others, { hits, trials }, { hits: otherHits, trials: others });
    return { of: 'proportions', given: [hits, trials, otherHits, others], check: near(ours, 7.5e-8) };
  }),
  'the correction of Benjamini and Hochberg': times(200, () => {
    const chances = times(integer(1, 60), () => uniform() ** pick(1, 4));
    return { of: 'benjaminiHochberg', given: [chances], check: nearAll(corrections.BenjaminiHochberg(chances), exact) };
  }),
  'the law of the chunks of a baseline': times(50, law),
  'accuracy, precision, recall and F1': times(50, performance),
};

let answers: unknown[] = [];

beforeAll(async () => {
  const questions = Object.values(cases).flat().map(({ of, given }) => ({ of, given }));
  answers = await python('reference.py', { 'cases.json': JSON.stringify(questions) }) as unknown[];
}, 600_000);

describe('scipy says the same of', () => {
  test.each(Object.entries(cases))('%s', (name, own) => {
    const first = Object.values(cases).slice(0, Object.keys(cases).indexOf(name)).flat().length;
    own.forEach(({ check }, at) => check(answers[first + at] as never));
    expect(answers).toHaveLength(Object.values(cases).flat().length);
  });
});
