import { parseArgs } from 'node:util';
import { random, shuffled } from '../../random.ts';
import { labelOf, type Contender } from '../contenders/contender.ts';
import type { Tier } from './bed.ts';
import type { RunPlan } from './run.ts';

export interface Options {
  readonly contenders: readonly Contender[];
  readonly tiers: readonly Tier[];
  /** Without it 100, 1,000 and, at tier 1, 10,000. */
  readonly sizes?: readonly number[];
  readonly repeats: number;
  readonly idleSeconds: number;
  readonly quick: boolean;
  /** Only how fast objects become ready. */
  readonly speedAlone: boolean;
  readonly out: string;
}

export interface Planned extends RunPlan {
  readonly repeat: number;
}

export const usage = `npm run bench -- [--quick] [--speed] [--contender NAME]... [--n OBJECTS]... [--tier 1|2]... [--repeats COUNT] [--idle SECONDS] [--out FOLDER]`;

/** What the command line asks for. Throws on what it cannot mean. */
export function parseOptions(args: readonly string[], all: readonly Contender[], folder: string): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false }, speed: { type: 'boolean', default: false }, contender: { type: 'string', multiple: true }, n: { type: 'string', multiple: true },
      tier: { type: 'string', multiple: true }, repeats: { type: 'string' }, idle: { type: 'string' }, out: { type: 'string', default: folder },
    },
  });
  const { quick, out, n } = values;
  const sizes = quick ? n ?? ['200'] : n;
  return {
    quick, out, speedAlone: values.speed,
    contenders: chosen(values.contender, all, quick),
    tiers: (values.tier ?? (quick ? ['1'] : ['1', '2'])).map(tier),
    repeats: count('--repeats', values.repeats ?? (quick ? '1' : '5')),
    idleSeconds: count('--idle', values.idle ?? (quick ? '3' : '120')),
    ...(sizes === undefined ? {} : { sizes: sizes.map((size) => count('--n', size)) }),
  };
}

/** By label, or by name with any number of workers. The quick bench leaves out those that work on one object at a time where the same works on many. */
function chosen(asked: readonly string[] | undefined, all: readonly Contender[], quick: boolean): readonly Contender[] {
  if (asked === undefined) {
    const most = (name: string): number => Math.max(...all.filter((other) => other.name === name).map(({ workers }) => workers));
    return all.filter(({ optional, name, workers }) => optional !== true && (!quick || workers === most(name)));
  }
  const unknown = asked.find((name) => !all.some((contender) => [contender.name, labelOf(contender)].includes(name)));
  if (unknown !== undefined) throw new Error(`--contender ${unknown} is none of ${all.map(labelOf).join(', ')}`);
  return all.filter((contender) => asked.includes(contender.name) || asked.includes(labelOf(contender)));
}

function tier(text: string): Tier {
  if (text !== '1' && text !== '2') throw new Error(`--tier ${text} is neither 1 nor 2`);
  return text === '1' ? 1 : 2;
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`${option} ${text} is not a whole number above 0`);
  return Number(text);
}

/** Larger numbers are measured for speed alone: a connection that falls silent does not depend on how many objects there are. */
const mostForFaults = 1_000;

/** In each repeat the contenders take turns in another order, so that nobody always runs on a machine that just got busy. */
export function plan({ contenders, tiers, sizes, repeats, idleSeconds, quick, speedAlone }: Options): Planned[] {
  const draw = random(1);
  return tiers.flatMap((tier) => {
    const each = sizes ?? (tier === 1 ? [100, 1_000, 10_000] : [100, 1_000]);
    const faultsAt = Math.max(...each.filter((n) => n <= mostForFaults));
    return each.flatMap((n) => Array.from({ length: repeats }, (_, repeat) => shuffled(contenders, draw).map((contender): Planned => {
      const lives = !speedAlone && repeat === 0 && tier === 1 && contender.ceiling !== true;
      return {
        contender, tier, n, repeat, paced: Math.min(quick ? 20 : 100, n),
        ...(lives ? { life: { idleSeconds, faults: !quick && n === faultsAt } } : {}),
      };
    }))).flat();
  });
}
