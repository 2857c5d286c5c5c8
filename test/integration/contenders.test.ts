import { expect, test } from '@jest/globals';
import { accountOf } from '../../hack/bench/contenders/account.ts';
import { labelOf } from '../../hack/bench/contenders/contender.ts';
import { contenders } from '../../hack/bench/contenders/index.ts';

const contender = (label: string) => {
  const found = contenders.find((one) => labelOf(one) === label);
  if (!found) throw new Error(`no contender is called ${label}`);
  return found;
};

/** Those that need nothing but Node; `npm run bench -- check` compares all. */
test('the engine and the twin on informers leave the same behind, repair the same, and write nothing once started again', async () => {
  const ours = await accountOf(contender('ours-16'));
  expect(ours.writesAfterRestart).toBe(0);
  expect(ours.widgets.map(({ ready }) => ready)).toEqual(Array.from({ length: 5 }, () => ({ status: 'True', observedGeneration: 1 })));
  expect([ours.deployments.length, ours.services.length]).toEqual([5, 5]);
  expect(await accountOf(contender('informer-16'))).toEqual(ours);
});
