import { expect, test } from '@jest/globals';
import { imagePushCommands, pushedRef } from './push.ts';

const image = { name: 'operator', ref: 'modelkeeper.local/operator:0123456789ab', archive: '/cache/images/operator-0123456789ab.tar' } as const;

test('an image keeps its name and tag below the registry', () => {
  expect(pushedRef('ghcr.io/acme/', image)).toBe('ghcr.io/acme/operator:0123456789ab');
});

test('one command pushes one archive', () => {
  expect(imagePushCommands('localhost:5000', [image])).toEqual([
    'skopeo copy oci-archive:/cache/images/operator-0123456789ab.tar docker://localhost:5000/operator:0123456789ab',
  ]);
});
