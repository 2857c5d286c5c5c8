import { Command } from 'commander';
import { down, environment, loadImage, resetVolumes, status, up } from './node.ts';

const program = new Command('cluster').description('A Kubernetes node of this machine\'s own, without Docker. It needs root on Linux.');

program
  .command('up')
  .description('start the node, building what is missing (minutes the first time)')
  .option('--install', 'install missing packages of the operating system with apt-get', process.env.CI === 'true')
  .action(async ({ install }: { install: boolean }) => {
    const started = performance.now();
    await up({ install, log });
    log(`up in ${((performance.now() - started) / 1000).toFixed(1)} s; to use it: eval "$(npm run --silent cluster -- env)"`);
  });

program
  .command('down')
  .description('remove the node and all that it changed on this machine')
  .action(() => down(log));

program
  .command('status')
  .description('show the health of each component')
  .action(async () => {
    const components = await status();
    for (const { name, healthy } of components) console.log(`${healthy ? 'healthy  ' : 'unhealthy'}  ${name}`);
    if (components.some(({ healthy }) => !healthy)) process.exitCode = 1;
  });

program
  .command('load-image')
  .description('load an OCI archive, since the node pulls from no registry')
  .argument('<file>', 'a tar archive')
  .action(async (file: string) => console.log(await loadImage(file)));

program
  .command('reset-volumes')
  .description('wipe the volumes whose claims are deleted and offer them again')
  .action(async () => {
    const names = await resetVolumes();
    console.log(names.length === 0 ? 'no volume is released' : `wiped ${names.join(', ')}`);
  });

program
  .command('env')
  .description('print what a shell needs to use the node')
  .action(async () => {
    for (const [name, value] of Object.entries(await environment())) console.log(`export ${name}=${quote(value)}`);
  });

/** To standard error, so that what a command prints can be piped. */
function log(line: string): void {
  console.error(line);
}

function quote(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
