import fc from 'fast-check';
import type { Message, Notice } from '../../operator/notify/notice.ts';

export const message: Message = {
  severity: 'Warning',
  title: 'fraud: the input drifts',
  text: '2 of 3 windows breached. A retraining has begun.',
  facts: [{ name: 'amount_eur', value: '0.31 (limit 0.10)' }, { name: 'samples', value: '3,000' }],
  at: '2026-03-01T12:00:00Z',
};

const text = (maxLength: number): fc.Arbitrary<string> => fc.oneof(
  fc.string({ unit: 'binary', maxLength }),
  fc.string({ unit: fc.constantFrom('&', '<!channel>', '"', '\\', '*', '😀', '語', '\n', '{{DATE()}}', '\u0000'), maxLength }),
);

/** Texts of any characters, far beyond what a receiver takes. */
export const messages: fc.Arbitrary<Pick<Notice, 'key' | 'message'>> = fc.record({
  key: text(400),
  message: fc.record({
    severity: fc.constantFrom('Warning', 'Info'),
    title: text(400),
    text: text(9_000),
    facts: fc.array(fc.record({ name: text(300), value: text(3_000) }), { maxLength: 60 }),
    at: fc.constant('2026-03-01T12:00:00Z'),
  }),
});
