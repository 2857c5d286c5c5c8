import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';

/** Folders of the operator that a folder may import from, besides itself. Data flows one way; see CONTRIBUTING.md. */
const mayImport = {
  profile: [],
  drift: ['profile'],
  dataplane: ['profile'],
  api: ['dataplane', 'runtime/kind.ts'],
  runtime: ['api'],
  kube: ['runtime'],
  notify: ['api', 'runtime'],
  controllers: ['api', 'runtime', 'dataplane', 'profile', 'drift', 'notify'],
  agent: ['dataplane', 'profile', 'drift'],
  router: ['dataplane', 'profile'],
};

const zones = Object.entries(mayImport).map(([folder, allowed]) => ({
  target: `./operator/${folder}`,
  from: './operator',
  except: [folder, ...allowed].map((name) => `./${name}`),
  message: `operator/${folder} may import only from ${[folder, ...allowed].join(', ')}`,
}));

const pure = ['operator/controllers/**/*.ts', 'operator/drift/**/*.ts', 'operator/profile/**/*.ts'];

export default tseslint.config(
  { ignores: ['node_modules', 'dist', '.cache', '**/*.mjs', 'examples/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver': { node: { extensions: ['.ts'] } } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // There are no enums: types are only stripped.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // It takes the console of winston for a made-up object, because of how winston declares its types.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Leaving members out of a copy is what `const { secret: _secret, ...rest }` is for.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'import-x/no-cycle': ['error', { maxDepth: 6 }],
      'import-x/no-restricted-paths': ['error', { zones }],
      'max-params': ['error', 4],
      'max-lines': ['error', { max: 300 }],
      'no-console': 'error',
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Outbound calls go through kube/transport.ts or a guarded client.' }],
    },
  },
  {
    files: ['operator/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }],
      'no-restricted-imports': ['error', { paths: [{ name: '@kubernetes/client-node', message: 'Only operator/kube imports client-node.' }] }],
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'The environment is read once, in operator/config.ts.' }],
    },
  },
  { files: ['operator/kube/**/*.ts'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['operator/config.ts', 'operator/main.ts', 'operator/**/main.ts'], rules: { 'no-restricted-properties': 'off', 'no-console': 'off' } },
  {
    files: pure,
    ignores: ['**/*.test.ts', 'operator/controllers/**/source.ts'],
    rules: {
      'no-restricted-syntax': ['error',
        { selector: 'AwaitExpression', message: 'Controllers are pure: observe, decide and act neither wait nor read.' },
        { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: 'Time is an argument.' },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time is an argument.' },
        { selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']", message: 'Controllers are deterministic.' }],
    },
  },
  { files: ['hack/**/*.ts', 'test/**/*.ts', '**/*.test.ts'], rules: { 'no-console': 'off', 'no-restricted-globals': 'off', '@typescript-eslint/no-non-null-assertion': 'off' } },
  { files: ['**/*.test.ts'], rules: { 'max-lines': 'off' } },
);
