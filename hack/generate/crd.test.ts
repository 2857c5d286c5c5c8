import { describe, expect, test } from '@jest/globals';
import { kinds } from '../../operator/api/v1alpha1/index.ts';
import { asItems, asRecord } from '../../operator/runtime/json.ts';
import { outdatedFiles } from '../generate.ts';
import { crd } from './crd.ts';

const versionOf = (kind: (typeof kinds)[number]) => asRecord(asItems(asRecord(crd(kind)['spec'])?.['versions'])[0]) ?? {};
const rootOf = (kind: (typeof kinds)[number]) => asRecord(asRecord(versionOf(kind)['schema'])?.['openAPIV3Schema']) ?? {};

test('generated files are what the generators make: run `npm run generate`', () => expect(outdatedFiles()).toEqual([]));

describe.each(kinds.map((kind) => [kind.kind, kind] as const))('%s', (_name, kind) => {
  test('has a status subresource, and a name that leaves room for its children', () => {
    expect(versionOf(kind)['subresources']).toEqual({ status: {}, ...(kind.scale ? { scale: kind.scale } : {}) });
    const [name, fence, ...others] = asItems(rootOf(kind)['x-kubernetes-validations']).map((rule) => String(asRecord(rule)?.['rule']));
    expect([name?.includes(`size() <= ${kind.maxNameLength}`), fence?.includes('writerEpoch'), others]).toEqual([true, true, []]);
  });

  test('fills nothing in below status, where it would hide what is missing', () => {
    const { default: given, ...status } = asRecord(asRecord(rootOf(kind)['properties'])?.['status']) ?? {};
    expect(given).toEqual({ observedGeneration: -1 });
    expect(JSON.stringify(status)).not.toContain('"default"');
  });

  test('names its summary among its conditions, and shows it', () => {
    expect(kind.conditions).toContain(kind.summary);
    expect(kind.columns.some(({ jsonPath }) => jsonPath.includes(`'${kind.summary}'`))).toBe(true);
    expect(kind.columns.at(-1)).toEqual({ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' });
  });
});
