import { describe, expect, test } from '@jest/globals';
import { readFeedback, Recent, TokenBucket } from './feedback.ts';
import { encodeId, nonces } from './inference-id.ts';

const newNonce = nonces();
const id = (classes: readonly string[] | undefined): string => encodeId({ version: 'v1', start: 60_000, classes, nonce: newNonce() });

describe('readFeedback', () => {
  test.each([
    ['1', 1, 'truePositive'], ['1', 'no', 'falsePositive'], ['0', true, 'falseNegative'], ['0', '0.0', 'trueNegative'], ['cat', 'dog', 'wrong'], ['cat', 'cat', 'trueNegative'],
  ])('a prediction of %s with label %j is %s', (predicted, label, outcome) => {
    expect(readFeedback(JSON.stringify({ id: id([predicted]), label }))).toMatchObject({ version: 'v1', outcomes: [outcome] });
  });

  test('takes one label for each row', () => {
    expect(readFeedback(JSON.stringify({ id: id(['1', '0']), label: [1, 1] }))).toMatchObject({ outcomes: ['truePositive', 'falseNegative'] });
  });

  test('takes the prediction from the body when the id has none, for any number of rows', () => {
    const rows = Array<number>(500).fill(1);
    const feedback = readFeedback(JSON.stringify({ id: id(undefined), label: rows, prediction: rows }));
    expect(feedback).toMatchObject({ version: 'v1' });
    expect('outcomes' in feedback && feedback.outcomes.length).toBe(500);
  });

  test.each([
    ['no JSON', '{', 400],
    ['an unknown field', JSON.stringify({ id: id(['1']), label: 1, lable: 1 }), 400],
    ['a missing label', JSON.stringify({ id: id(['1']) }), 400],
    ['an infinite label', `{"id":"${id(['1'])}","label":1e999}`, 400],
    ['a foreign id', JSON.stringify({ id: 'abc', label: 1 }), 400],
    ['an id without class', JSON.stringify({ id: id(undefined), label: 1 }), 422],
    ['too few labels', JSON.stringify({ id: id(['1', '0']), label: 1 }), 422],
    ['another prediction than the id carries', JSON.stringify({ id: id(['1']), label: 1, prediction: 0 }), 422],
  ])('refuses %s', (_, body, status) => {
    expect(readFeedback(body)).toMatchObject({ status });
  });
});

test('Recent remembers at least as many as asked, and not for ever', () => {
  const recent = new Recent(10);
  for (let i = 0; i < 25; i += 1) recent.add(String(i));
  for (let i = 15; i < 25; i += 1) expect(recent.has(String(i))).toBe(true);
  expect(recent.has('0')).toBe(false);
});

test('a token bucket lets its rate through, and nothing more when the clock goes back', () => {
  const bucket = new TokenBucket(2, 1_000);
  expect([bucket.take(1_000), bucket.take(1_000), bucket.take(1_000)]).toEqual([true, true, false]);
  expect([bucket.take(1_500), bucket.take(1_500)]).toEqual([true, false]);
  expect(bucket.take(0)).toBe(false);
});
