// Runs a script of this repository under the Node that package-lock.json pins, whatever Node started it.
// Plain JavaScript without dependencies, because it must work before anything is installed and on an old Node.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
const stamp = join(root, 'node_modules', '.modelkeeper-lock');
const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');

function installed() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;
}

if (!installed()) {
  console.error('installing npm packages (npm ci) ...');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (npm.error) {
    console.error(`npm could not be started: ${npm.error.message}. Install npm (it comes with Node.js) and try again.`);
    process.exit(1);
  }
  if (npm.status !== 0) process.exit(npm.status ?? 1);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

const pinned = join(bin, 'node');
const node = existsSync(pinned) ? pinned : process.execPath;
const [major = 0, minor = 0] = (node === pinned ? '24.0' : process.versions.node).split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(`Node.js ${process.versions.node} is too old and the npm registry has no Node.js binary for ${process.platform}-${process.arch}: install Node.js 24.`);
  process.exit(1);
}

const [script, ...args] = process.argv.slice(2);
const child = spawn(
  node,
  ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules', join(root, script), ...args],
  { stdio: 'inherit', env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` } },
);
// The script decides what a signal means: it may have things to clean up, and the terminal is its own until it has ended.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
child.once('error', (error) => {
  throw error;
});
child.once('close', (code, signal) => {
  if (signal === null) process.exit(code);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
  process.kill(process.pid, signal);
});
