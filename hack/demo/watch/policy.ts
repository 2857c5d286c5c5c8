import type { WindowRecord } from '../record.ts';
import type { DriftPolicy } from '../cluster/objects.ts';

/** The newest window that a policy has judged; undefined before the first one in which anything could be judged. */
export function windowOf({ status }: DriftPolicy): WindowRecord | undefined {
  const { window, version, checks = [], episode } = status ?? {};
  if (!window || version === undefined || checks.every(({ state }) => state === 'NoData')) return undefined;
  return {
    ...window, version, drifted: episode !== undefined,
    checks: checks.map(({ name, state, value, threshold, samples, worst, message }) =>
      ({ name, state, ...(value === undefined ? {} : { value }), ...(threshold === undefined ? {} : { threshold }), samples, worst, message })),
  };
}

/** A window in a line for each check, and the features that are beyond their limits. */
export function windowText({ start, end, version, checks }: WindowRecord): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, state, message, worst }) => [
    `  ${name.padEnd(width)}  ${state.padEnd(8)}  ${message}`,
    ...(state === 'Breached' ? worst.slice(1).filter(({ value, threshold }) => value >= threshold).map(({ feature, value, threshold }) =>
      `  ${''.padEnd(width)}            ${feature} differs by ${value.toFixed(2)} (limit ${threshold.toFixed(2)})`) : []),
  ]);
  return [`${timeOfDay(start)} to ${timeOfDay(end)}, ${version}`, ...lines].join('\n');
}

export function timeOfDay(time: string): string {
  return time.slice('2026-01-01T'.length, '2026-01-01T00:00:00'.length);
}
