import { contenders } from '../contenders/index.ts';
import { labelOf } from '../contenders/contender.ts';
import { total } from './audit.ts';
import { run } from './run.ts';

/** The engine beside other ways to write a controller, all doing the same work. */
export async function bench(): Promise<void> {
  for (const contender of contenders.filter(({ optional }) => optional !== true)) {
    await contender.prepare(console.error);
    const speed = await run({ contender, tier: 1, n: Number(process.argv[3] ?? 100), paced: 20 });
    const { counts, ...rest } = speed;
    console.log(labelOf(contender), { ...rest, writes: total(counts.writes) / speed.objects, counts });
  }
}
