export const imageNames = ['operator', 'python'] as const;
export type ImageName = (typeof imageNames)[number];

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
};

export function imageNamed(name: string): ImageName {
  const found = imageNames.find((known) => known === name);
  if (found === undefined) throw new Error(`there is no image "${name}": choose ${imageNames.join(' or ')}`);
  return found;
}
