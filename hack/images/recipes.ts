/** What runs in a cluster. */
export const imageNames = ['operator', 'python'] as const;
/** What only tests and benchmarks run, on the machine itself: never built for a cluster, loaded into one or pushed. */
export const testImageNames = ['statistics'] as const;
const allNames = [...imageNames, ...testImageNames] as const;
export type ImageName = (typeof allNames)[number];

/** What an image is made from. Two builds whose inputs are equal byte for byte are one image. */
export interface Recipe {
  /** Globs from the root of the repository. */
  inputs: readonly string[];
  /** From the root of the build context. */
  dockerfile: string;
}

export const recipes: Record<ImageName, Recipe> = {
  operator: {
    inputs: ['operator/**/*', 'package-lock.json', 'hack/images/operator/Dockerfile', 'hack/images/base.ts', 'hack/images/context.ts'],
    dockerfile: 'Dockerfile',
  },
  python: {
    inputs: ['examples/python/Dockerfile', 'examples/python/*.txt', 'examples/python/*.py', 'examples/fraud/*.py', 'examples/diagnosis/*.py', 'hack/images/base.ts'],
    dockerfile: 'python/Dockerfile',
  },
  statistics: {
    inputs: ['test/statistics/Dockerfile', 'test/statistics/*.txt', 'hack/images/base.ts'],
    dockerfile: 'Dockerfile',
  },
};

export function imageNamed(name: string): ImageName {
  const found = allNames.find((known) => known === name);
  if (found === undefined) throw new Error(`there is no image "${name}": choose ${allNames.join(' or ')}`);
  return found;
}
