import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseHeader } from './header.ts';

describe('the header of a CSV file', () => {
  test.each<[string, string, string[] | undefined]>([
    ['ends with its line', 'a,b\n1,2\n', ['a', 'b']],
    ['may end with the line end of Windows', 'a,b\r\n1,2', ['a', 'b']],
    ['may be all there is', 'a', ['a']],
    ['may quote what it likes', '"a ""x"", y",b\n', ['a "x", y', 'b']],
    ['may have line ends in quotes', '"a\nb",c\n', ['a\nb', 'c']],
    ['may begin with a byte order mark', '\ufeffa,b\n', ['a', 'b']],
    ['may have a name that is missing', 'a,,c\n', ['a', '', 'c']],
    ['is not an empty line', '\n1,2\n', undefined],
    ['is not an empty file', '', undefined],
    ['is not a quotation that does not end', '"a,b\n', undefined],
    ['is not a quotation that ends too soon', '"a"b,c\n', undefined],
    ['is not a quotation mark within a name', 'a"b,c\n', undefined],
  ])('%s', (_name, text, fields) => expect(parseHeader(Buffer.from(text))).toEqual(fields));

  test('gives back every list of names that was quoted', () => {
    fc.assert(fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (names) => {
      const line = names.map((name) => `"${name.replaceAll('"', '""')}"`).join(',');
      expect(parseHeader(Buffer.from(`${line}\n1`))).toEqual(names);
    }));
  });
});
