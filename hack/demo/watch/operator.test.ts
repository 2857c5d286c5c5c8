import { describe, expect, test } from '@jest/globals';
import { samples } from '../cluster/prometheus.ts';
import { cost, figuresOf } from './operator.ts';

const text = (patch: number): string => `
rest_client_requests_total{code="200",method="GET"} 12
rest_client_requests_total{code="404",method="GET"} 3
rest_client_requests_total{code="201",method="POST"} 4
rest_client_requests_total{code="200",method="PATCH"} ${patch}
rest_client_requests_total{code="200",method="PUT"} 500
process_resident_memory_bytes 104857600
`;

describe('what the operator costs', () => {
  test('leaves the renewals of the Lease out', () => {
    expect(figuresOf(samples(text(6)))).toEqual({ reads: 15, writes: 10, residentBytes: 104_857_600 });
  });

  test('is what was added between two looks', () => {
    expect(cost(figuresOf(samples(text(6))), figuresOf(samples(text(9))))).toEqual({ writes: 3, reads: 0 });
  });
});
