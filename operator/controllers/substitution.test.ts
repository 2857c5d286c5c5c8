import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { substitute } from './substitution.ts';

const values: Readonly<Record<string, string>> = { 'params.seed': '7', 'params.tricky': '$(HOME) $$(HOME) $', 'run.name': 'fraud-1', 'inputs.a-b.path': '/work/inputs/a-b' };
const lookup = (reference: string): string | undefined => values[reference];

describe('a text', () => {
  test.each<[string, string, string, string[]]>([
    ['without references stays', 'plain `rm -rf $HOME` ; $5', 'plain `rm -rf $HOME` ; $5', []],
    ['gets its references replaced, several in one', '--seed=$(params.seed)/$(run.name)', '--seed=7/fraud-1', []],
    ['may name things with hyphens', '$(inputs.a-b.path)/x', '/work/inputs/a-b/x', []],
    ['keeps environment variables for Kubernetes', '$(POD_IP) $(home)', '$(POD_IP) $(home)', []],
    ['keeps what is escaped', '$$(params.seed)', '$$(params.seed)', []],
    ['takes an escaped dollar before a reference for what it is', '$$$(params.seed)', '$$7', []],
    ['tells what it does not know, and keeps it', '$(params.sead) $(params.seed) $(steps.x.results.y)', '$(params.sead) 7 $(steps.x.results.y)', ['params.sead', 'steps.x.results.y']],
    ['does not look into nested parentheses', '$(params.$(params.seed))', '$(params.7)', []],
    ['escapes every dollar of a value', '$(params.tricky)', '$$(HOME) $$$$(HOME) $$', []],
  ])('%s', (_name, text, result, unknown) => expect(substitute(text, lookup)).toEqual({ text: result, unknown }));
});

/** How the kubelet expands commands, arguments and variables: `$$` is a dollar, `$(NAME)` a variable. */
function kubelet(text: string): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (match) => (match === '$$' ? '$' : '<expanded>'));
}

test('a value reaches the process as it is, whatever is in it and around it', () => {
  const hostile = fc.array(fc.constantFrom('$', '$$', '(', ')', '$(', '$$(', 'HOME', 'params.seed', ' ', 'é')).map((parts) => parts.join(''));
  const around = fc.constantFrom('', 'a', ' ', '$$', '$(PATH)', '--x=');
  fc.assert(fc.property(hostile, around, around, fc.constantFrom('', '(HOME)', 'x'), (value, before, after, tail) => {
    const { text } = substitute(`${before}$(params.value)${tail}${after}`, (name) => (name === 'params.value' ? value : undefined));
    expect(kubelet(text)).toBe(`${kubelet(before)}${value}${tail}${kubelet(after)}`);
  }), { numRuns: 2_000 });
});
