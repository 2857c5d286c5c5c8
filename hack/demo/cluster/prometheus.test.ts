import { describe, expect, test } from '@jest/globals';
import { samples, sumBy } from './prometheus.ts';

const text = `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{version="fraud-1",code="200"} 40
requests_total{version="fraud-1",code="503"} 2
requests_total{version="fraud-2",code="200"} 7 1700000000000

up 1
bucket{le="+Inf"} 3
strange{text="a \\"b\\" {c}\\nd"} 1.5e3
top +Inf
`;

describe('the Prometheus text format', () => {
  test('gives a sample for each line that is no comment', () => {
    expect(samples(text).map(({ name }) => name)).toEqual(['requests_total', 'requests_total', 'requests_total', 'up', 'bucket', 'strange', 'top']);
  });

  test('keeps quotes, braces and line breaks within labels', () => {
    expect(samples(text).find(({ name }) => name === 'strange')).toEqual({ name: 'strange', labels: { text: 'a "b" {c}\nd' }, value: 1500 });
  });

  test('reads infinity and leaves time stamps out', () => {
    expect(samples(text).find(({ name }) => name === 'top')?.value).toBe(Infinity);
    expect(samples(text)[2]?.value).toBe(7);
  });

  test('sums by a label', () => {
    expect(sumBy(samples(text), 'requests_total', 'version')).toEqual({ 'fraud-1': 42, 'fraud-2': 7 });
    expect(sumBy(samples(text), 'requests_total', 'region')).toEqual({});
  });
});
