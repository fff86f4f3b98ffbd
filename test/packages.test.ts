import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

/**
 * The packages as they would be published, in a folder of their own: installed without the workspace's links, they run
 * as JavaScript. `npm run pack` makes the same tarballs from a clean build.
 */
const run = promisify(execFile);
vi.setConfig({ testTimeout: 30_000 });
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'hookline-packed-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}
const read = (path: string): Manifest => JSON.parse(readFileSync(path, 'utf8'));

const sources = globSync('{packages,apps}/*', { cwd: root }).map((path) => join(root, path));
const installed = (name: string): string => join(folder, 'node_modules', name);

beforeAll(async () => {
  const pack = [
    '--recursive',
    '--filter',
    './packages/*',
    '--filter',
    './apps/*',
    'pack',
    '--pack-destination',
    folder,
  ];
  await run('npm', ['run', '--silent', 'pnpm', '--', ...pack], { cwd: root });
  // Libraries of others come from the workspace instead of a registry.
  const libraries = new Map<string, string>();
  for (const source of sources) {
    const { name } = read(join(source, 'package.json'));
    mkdirSync(installed(name), { recursive: true });
    await run('tar', ['xzf', tarball(name), '--strip-components=1', '-C', installed(name)]);
    for (const dependency of Object.keys(read(join(installed(name), 'package.json')).dependencies ?? {})) {
      if (!dependency.includes('hookline')) libraries.set(dependency, join(source, 'node_modules', dependency));
    }
  }
  for (const [name, target] of libraries) symlinkSync(target, installed(name));
}, 60_000);

function tarball(name: string): string {
  return join(folder, `${name.replace('@', '').replace('/', '-')}-0.1.0.tgz`);
}

test.each(sources.map((source) => read(join(source, 'package.json')).name))('%s can be published', async (name) => {
  const { messages, pkg } = await publint({
    pack: { tarball: new Uint8Array(readFileSync(tarball(name))).buffer },
    strict: true,
  });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  expect(JSON.stringify(pkg.dependencies ?? {})).not.toMatch(/workspace:|catalog:/);
});

test('the installed command runs the demo with the capture that it brings along', async () => {
  const hookline = join(installed('hookline'), 'bin/hookline.js');
  const { stdout, stderr } = await run(process.execPath, [hookline, 'demo'], { cwd: folder });
  expect(stdout).toMatch(/^Replayed +pcaps\/demo\.pcap, 1,118 packets\n/);
  expect(stdout).toContain('npx hookline capture node_modules/hookline/pcaps/demo.pcap ');
  expect(stderr).toBe('');
});

test('the installed module has what an author imports, and loads no command line', async () => {
  const script =
    "import { xdp, PASS, bpfObject } from 'hookline'; console.log(Object.keys(bpfObject({ a: xdp('a', () => PASS) }).programs));";
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder });
  expect(stdout).toBe("[ 'a' ]\n");
});

test('the example of how to test a firewall runs on the installed packages', async () => {
  const example = join(folder, 'test-a-firewall');
  cpSync(join(root, 'examples/test-a-firewall'), example, { recursive: true });
  // What a newcomer installs besides, with its command line.
  for (const name of ['vitest', 'fast-check']) symlinkSync(join(root, 'node_modules', name), installed(name));
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { stdout } = await run(process.execPath, [vitest, 'run', '--no-color'], { cwd: example });
  expect(stdout).toMatch(/Tests +4 passed \(4\)/);
});
