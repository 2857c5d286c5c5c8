import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lines } from './lines.ts';

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
    at += size;
  }
}

test('lines come whole however the bytes are cut, and the unfinished last one does not come', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''));
  await fc.assert(fc.asyncProperty(fc.array(line), line, fc.array(fc.nat(9), { maxLength: 200 }), async (whole, rest, sizes) => {
    const bytes = new TextEncoder().encode(whole.map((text) => `${text}\n`).join('') + rest);
    const read: string[] = [];
    for await (const text of lines(cut(bytes, sizes))) read.push(text);
    expect(read).toEqual(whole);
  }));
});
