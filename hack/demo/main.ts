import { Command, InvalidArgumentError, Option } from 'commander';
import { demo, type DemoOptions } from './demo.ts';

function seed(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 1_000_000) throw new InvalidArgumentError('It must be a whole number from 0 to 1000000.');
  return value;
}

const program = new Command('demo')
  .description('Trains, registers, serves and rolls out a real model on a real cluster, and tells the story while it happens.')
  .addOption(new Option('--example <name>', 'what to show').choices(['fraud', 'diagnosis']).default('fraud'))
  .option('--seed <number>', 'another number gives other data and other models', seed, 1)
  .addOption(new Option('--worse <how>', 'make the retrained model a bad one: the gate sees it (offline), or only the live requests do (online)').choices(['offline', 'online']))
  .option('--no-drift', 'let no new pattern of fraud appear, and see that no alarm is raised')
  .option('--keep', 'leave everything running at the end', false)
  .option('--json <file>', 'write what was seen, for npm run demo:confirm')
  .option('--context <name>', 'use this context of your kubeconfig instead of a cluster on this machine')
  .option('--images <repository>', 'where the cluster of --context pulls the images from, such as ghcr.io/acme')
  .option('--install', 'install missing packages of the operating system with apt-get', process.env.CI === 'true')
  .action(async (options: DemoOptions) => {
    if (options.worse !== undefined && options.example !== 'fraud') program.error('error: --worse is for the example fraud');
    if (!options.drift && (options.worse !== undefined || options.example !== 'fraud')) program.error('error: --no-drift is for the example fraud, and without --worse');
    if (options.images !== undefined && options.context === undefined) program.error('error: --images needs --context');
    const interruption = new AbortController();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interruption.abort());
    const code = await demo(options, interruption.signal);
    // What an interruption left behind, such as a build, does not hold the demo up.
    process.exit(code);
  });

await program.parseAsync();
