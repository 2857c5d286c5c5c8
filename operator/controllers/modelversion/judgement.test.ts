import { describe, expect, test } from '@jest/globals';
import { change, make } from '../../../test/make.ts';
import { digestOf } from '../../runtime/canonical.ts';
import { championsOf, gatesVerdict, isJudged, judgeGates } from './judgement.ts';

const better = { name: 'better', expression: '!has(champion.metrics) || metrics.recall >= champion.metrics.recall' };
const enough = { name: 'enough', expression: 'metrics.recall >= 0.7' };
const champion = (value: number, name = 'fraud-1') => ({ modelVersionRef: { name }, value });
const spec = (gates: (typeof better)[], compared?: ReturnType<typeof champion>) =>
  change(make.version().spec, { metrics: [{ name: 'recall', value: 0.8, ...(compared ? { champion: compared } : {}) }], policy: { gates } });

describe('the gates of a version', () => {
  test.each([
    ['pass when there are none', spec([]), [], 'True', 'GatesPassed', 'the version has no gates'],
    ['pass without a champion', spec([better]), [], 'True', 'GatesPassed', '1 of 1 gates passed'],
    ['pass when the active champion is not better', spec([better, enough], champion(0.8)), ['fraud-1'], 'True', 'GatesPassed', '2 of 2 gates passed'],
    ['fail when the active champion is better', spec([better], champion(0.9)), ['fraud-1'], 'False', 'GateFailed', `gate better: ${better.expression} is false (recall 0.8, champion's recall 0.9)`],
    ['wait when the champion is no longer active, though it was worse', spec([better, enough], champion(0.1)), ['fraud-2'], 'Unknown', 'ChampionReplaced', 'gate better compares with fraud-1, which is not the active version of a ModelDeployment: run the Pipeline again'],
    ['wait when no ModelDeployment has it any more', spec([better], champion(0.9)), [], 'Unknown', 'ChampionReplaced', 'gate better compares with fraud-1, which is not the active version of a ModelDeployment: run the Pipeline again'],
    ['fail without the champion when another gate does', spec([better, { name: 'enough', expression: 'metrics.recall >= 0.9' }], champion(0.1)), [], 'False', 'GateFailed', 'gate enough: metrics.recall >= 0.9 is false (recall 0.8)'],
    ['do not need a champion that none of them names', spec([enough], champion(0.9)), [], 'True', 'GatesPassed', '1 of 1 gates passed'],
  ])('%s', (_name, of, active: string[], ...[status, reason, message]) => {
    expect(gatesVerdict(judgeGates(of, (version) => active.includes(version)))).toEqual({ status, reason, message });
  });

  test('have a verdict until they change', () => {
    const judged = judgeGates(spec([enough]), () => false);
    expect(judged).toEqual({ digest: digestOf([enough]), outcome: 'Passed', message: '1 of 1 gates passed' });
    const recorded = 'digest' in judged ? judged : undefined;
    expect([isJudged(spec([enough], champion(0.9)), recorded), isJudged(spec([better]), recorded), isJudged(spec([enough]), undefined)]).toEqual([true, false, false]);
  });
});

test('a version names each champion once', () => {
  const metrics = [champion(1), champion(2, 'fraud-2'), champion(3)].map((one, at) => ({ name: `m${at}`, value: 1, champion: one }));
  expect(championsOf({ metrics })).toEqual(['fraud-1', 'fraud-2']);
});
