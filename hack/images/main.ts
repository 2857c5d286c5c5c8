import { Command } from 'commander';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeImage, ensureImage, isBuilt } from './build.ts';
import { stageContext } from './context.ts';
import { imagesFolder } from './paths.ts';
import { imagePushCommands, pushedRef } from './push.ts';
import { imageNamed, imageNames, recipes } from './recipes.ts';

const log = (line: string): void => console.error(line);
const program = new Command('images').description('Builds the container images, with or without Docker');

program
  .command('build')
  .argument('[name]', 'operator, python, statistics (only for tests), or all that a cluster needs', 'all')
  .option('--install', 'install missing packages of the operating system', process.env['CI'] === 'true')
  .description('build without Docker into an OCI archive; unchanged sources are not built again')
  .action(async (name: string, { install }: { install: boolean }) => {
    const names = name === 'all' ? imageNames : [imageNamed(name)];
    for (const each of names) console.log((await ensureImage(each, { install, progress: log })).archive);
  });

program
  .command('context')
  .description('stage the build contexts and print the docker build commands')
  .action(async () => {
    for (const name of imageNames) {
      const folder = join(imagesFolder, 'docker', name);
      await stageContext(name, folder);
      console.log(`docker build --platform linux/amd64 -t ${(await describeImage(name)).ref} -f ${folder}/${recipes[name].dockerfile} ${folder}`);
    }
  });

program
  .command('list')
  .description('show the images that the present sources ask for')
  .action(async () => {
    for (const name of imageNames) {
      const image = await describeImage(name);
      const size = (await isBuilt(image)) ? `${((await stat(image.archive)).size / 1e6).toFixed(0)} MB  ${image.archive}` : 'not built';
      console.log(`${image.ref}  ${size}`);
    }
  });

program
  .command('push-commands')
  .argument('<registry>', 'where your cluster pulls from, such as ghcr.io/acme')
  .description('print the commands that push the built images, and the names they get')
  .action(async (registry: string) => {
    const images = await Promise.all(imageNames.map(describeImage));
    for (const command of imagePushCommands(registry, images)) console.log(command);
    for (const image of images) log(`then use ${pushedRef(registry, image)}`);
  });

await program.parseAsync().catch((error: unknown) => {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
