import { accountOf, differences } from './account.ts';
import { labelOf } from './contender.ts';
import { contenders } from './index.ts';

/** Whether all contenders do the same: `npm run bench -- check [NAME-WORKERS]...`. The first is what the others are compared with. */
export async function bench(args: readonly string[]): Promise<void> {
  const [first, ...others] = contenders.filter((one) => one.ceiling !== true && (args.length === 0 || args.includes(labelOf(one))));
  if (first === undefined) throw new Error(`none of ${contenders.map(labelOf).join(', ')} is asked for`);
  const expected = await accountOf(first, console.error);
  console.log(`${labelOf(first)}: ${expected.writesAfterRestart} writes after a restart`);
  for (const other of others) {
    const found = differences(await accountOf(other, console.error), expected);
    console.log([`${labelOf(other)}: ${found.length === 0 ? 'the same as' : 'NOT the same as'} ${labelOf(first)}`, ...found].join('\n  '));
    if (found.length > 0) process.exitCode = 1;
  }
  if (expected.writesAfterRestart > 0) process.exitCode = 1;
}
