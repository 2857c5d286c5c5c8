import { binsOf, cellCount, pointCells } from '../profile/cells.ts';
import type { Feature, FeatureCounts, NullLaw, Profile, WindowCounts } from '../profile/format.ts';
import { corrections, type Correction } from './adjust.ts';
import { total } from './counts.ts';
import { grouped, recoveryRatio, type FeatureValue, type Judgement } from './judgement.ts';
import type { Method } from './method.ts';
import { categoricalMethods, numericMethods, type CategoricalMethod, type NumericMethod } from './registry.ts';
import { chanceInBaseline } from './usual.ts';

export interface DataDriftRule {
  /** Fewer values of a feature say nothing of it. */
  readonly minSamples: number;
  readonly numeric: { readonly method: NumericMethod; readonly threshold: number };
  readonly categorical: { readonly method: CategoricalMethod; readonly threshold: number };
  readonly alpha: number;
  readonly correction: Correction;
  /** An episode of this check has begun and lasts. */
  readonly wasBreached?: boolean | undefined;
}

interface Measured extends FeatureValue {
  readonly chance: number;
}

interface Judged extends FeatureValue {
  readonly drifted: boolean;
}

const worstShown = 5;
const longestName = 64;
/** A feature that the baseline often lacks too is missed only when chance would leave it out less often than this. */
const neverByChance = 1e-6;

/**
 * Compares a window with the baseline of its version, feature by feature. One has drifted when it differs by the threshold
 * or more, and by more than chunks of the baseline differ among themselves, and not by chance, all features counted. It is
 * chance either when independent values would often differ as much, or when another chunk of the baseline would. While
 * an episode lasts, a feature must come well below its threshold to be no longer drifted; that it is not by chance is
 * asked for as before, or one of many features would always keep the episode open.
 */
export function judgeDataDrift(profile: Profile, window: WindowCounts, rule: DataDriftRule): Judgement {
  const features = pairs(profile, window);
  const none = { threshold: defaultThreshold(profile, rule), samples: window.rows, worst: [], missing: [] };
  if (features === undefined) return { ...none, state: 'Error', reason: 'ProfileMismatch', message: 'the window was counted in other cells than those of the profile' };
  if (!profile.features.some(({ count }) => count > 0)) return { ...none, state: 'Error', reason: 'NoBaseline', message: 'the profile has no feature with values' };
  if (window.rows === 0) return { ...none, state: 'NoData', message: 'no rows yet' };
  if (window.rows < rule.minSamples) {
    return { ...none, state: 'InsufficientData', message: `${grouped(window.rows)} of ${grouped(rule.minSamples)} rows` };
  }
  const judged = judgeTogether(features.flatMap(([feature, counts]) => measure(feature, counts, rule)), rule);
  const [first] = judged;
  const missing = features.filter(([feature, counts]) => isMissing(feature, counts, window.rows)).map(([{ name }]) => name);
  const found = { ...none, ...(first && { value: first.value, threshold: first.threshold }), worst: judged.slice(0, worstShown).map(valueOf), missing };
  if (missing.length > 0) return { ...found, state: 'InsufficientData', reason: 'FeatureMissing', message: missingMessage(missing, window.rows) };
  if (first === undefined) {
    return { ...found, state: 'InsufficientData', message: `no feature has ${grouped(rule.minSamples)} values in ${grouped(window.rows)} rows` };
  }
  return first.drifted
    ? { ...found, state: 'Breached', message: driftMessage(first, judged, window.rows) }
    : { ...found, state: 'OK', message: `no drift in ${counted(judged.length)}; ${grouped(window.rows)} rows; ${shortened(first.feature)} differs most, by ${differs(first)}` };
}

/** Each feature with its counts; undefined when they do not belong together. */
function pairs({ features }: Profile, window: WindowCounts): [Feature, FeatureCounts][] | undefined {
  if (features.length !== window.features.length) return undefined;
  const paired = features.flatMap((feature, at): [Feature, FeatureCounts][] => {
    const counts = window.features[at];
    return counts !== undefined && counts.counts.length === cellCount(feature) && feature.counts.length === cellCount(feature) ? [[feature, counts]] : [];
  });
  return paired.length === features.length ? paired : undefined;
}

/** Nothing of a feature that has too few values to be judged, in the window or in the baseline. */
function measure(feature: Feature, { counts }: FeatureCounts, rule: DataDriftRule): Measured[] {
  const samples = total(counts);
  if (samples < Math.max(1, rule.minSamples) || total(feature.counts) === 0) return [];
  const [method, { threshold }]: [Method, { threshold: number }] = feature.type === 'Numeric'
    ? [numericMethods[rule.numeric.method], rule.numeric]
    : [categoricalMethods[rule.categorical.method], rule.categorical];
  const law = lawFor(feature.null, samples);
  const limit = Math.max(threshold, law === undefined ? 0 : method.usual(law));
  const data = { baseline: feature.counts, window: counts, points: pointCells(binsOf(feature)) };
  const value = method.distance(data);
  return [{
    feature: feature.name,
    value,
    threshold: rule.wasBreached === true ? limit * recoveryRatio : limit,
    chance: Math.max(method.chance(data), chanceInBaseline(value, law)),
  }];
}

/** The law of the largest chunks that are no larger than the window: smaller ones differ more, so it rather says too much is usual. */
function lawFor(laws: readonly NullLaw[], samples: number): NullLaw | undefined {
  const [smallest, ...larger] = laws.toSorted((a, b) => a.rows - b.rows);
  return larger.findLast(({ rows }) => rows <= samples) ?? smallest;
}

/** The worst first: those that have drifted, and then by how near they are to their thresholds. */
function judgeTogether(measured: readonly Measured[], { alpha, correction }: DataDriftRule): Judged[] {
  const chances = corrections[correction](measured.map(({ chance }) => chance));
  return measured
    .map((feature, at) => ({ ...valueOf(feature), drifted: feature.value >= feature.threshold && (chances[at] ?? 1) <= alpha }))
    .sort((a, b) => Number(b.drifted) - Number(a.drifted) || b.value / b.threshold - a.value / a.threshold);
}

function isMissing({ count, missing }: Feature, { counts }: FeatureCounts, rows: number): boolean {
  return count > 0 && total(counts) === 0 && (missing / (count + missing)) ** rows < neverByChance;
}

function valueOf({ feature, value, threshold }: FeatureValue): FeatureValue {
  return { feature, value, threshold };
}

function defaultThreshold({ features }: Profile, { numeric, categorical }: DataDriftRule): number {
  return features.some(({ type }) => type === 'Numeric') ? numeric.threshold : categorical.threshold;
}

function driftMessage(first: Judged, judged: readonly Judged[], rows: number): string {
  const more = judged.filter(({ drifted }) => drifted).length - 1;
  const others = more === 0 ? `, the only one of ${counted(judged.length)}` : `, and ${more} more of ${counted(judged.length)}`;
  return `${shortened(first.feature)} differs by ${differs(first)}${others}; ${grouped(rows)} rows`;
}

function missingMessage(missing: readonly string[], rows: number): string {
  const [first = '', ...more] = missing;
  return `${shortened(first)} has no value in ${grouped(rows)} rows, but had some in the baseline${more.length === 0 ? '' : `; so have ${more.length} more features`}`;
}

function differs({ value, threshold }: Judged): string {
  return `${value.toFixed(2)} (limit ${threshold.toFixed(2)})`;
}

function counted(features: number): string {
  return features === 1 ? '1 feature' : `${features} features`;
}

function shortened(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName)}…` : name;
}
