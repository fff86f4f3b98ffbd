import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * The house's rule, checked over every manifest. `dependencies` name packages of floors below only. `devDependencies`
 * (what tests import) may name the same floor too, because tests are imported by nobody; together they form no cycle.
 * The root, `bench` and `test` have no floor: they stand outside and import what they like.
 */
interface Manifest {
  readonly name: string;
  readonly description?: string;
  readonly license?: string;
  readonly floor?: number;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '..');
const read = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8'));

const folders = globSync('{packages,apps}/*/package.json', { cwd: root }).map((path) => join(root, path, '..'));
const rooms = folders.map((folder) => ({ folder, manifest: read<Manifest>(join(folder, 'package.json')) }));
const floors = new Map(rooms.map(({ manifest }) => [manifest.name, manifest.floor]));
const catalog = new Set(
  /^catalog: \{(.*)\}$/m
    .exec(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'))?.[1]
    ?.split(',')
    .map((entry) => entry.split(':')[0]?.trim()),
);

const ours = (dependencies: Readonly<Record<string, string>> = {}): string[] =>
  Object.keys(dependencies).filter((name) => floors.has(name));

test('there are rooms, and a catalog', () => {
  expect(rooms.length).toBeGreaterThanOrEqual(13);
  expect([...catalog]).toEqual(expect.arrayContaining(['vitest', 'fast-check']));
});

describe.each(rooms)('$manifest.name', ({ folder, manifest }) => {
  const floor = manifest.floor ?? Number.NaN;

  test('says what it is', () => {
    expect(manifest.floor, 'floor').toBeTypeOf('number');
    expect(manifest.license).toBe('Apache-2.0 OR MIT');
    expect(manifest.description).toMatch(/^[A-Z].+\.$/);
    expect(['README.md', 'src/index.ts', 'tsconfig.json'].filter((file) => !existsSync(join(folder, file)))).toEqual(
      [],
    );
  });

  test('imports from floors below only', () => {
    const notBelow = ours(manifest.dependencies).filter((name) => !((floors.get(name) ?? Number.NaN) < floor));
    expect(notBelow).toEqual([]);
  });

  test('tests with what is on its own floor or below', () => {
    const above = ours(manifest.devDependencies).filter((name) => !((floors.get(name) ?? Number.NaN) <= floor));
    expect(above).toEqual([]);
  });

  test('references in tsconfig.json what it depends on', () => {
    const { references = [] } = read<{ references?: { path: string }[] }>(join(folder, 'tsconfig.json'));
    const referenced = references.map(({ path }) => read<Manifest>(join(folder, path, 'package.json')).name);
    expect(referenced.toSorted()).toEqual(ours(manifest.dependencies).toSorted());
  });

  test('takes versions from the workspace and the catalog', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([name, version]) => floors.has(name) && version !== 'workspace:*')).toEqual([]);
    expect(versions.filter(([name, version]) => catalog.has(name) && version !== 'catalog:')).toEqual([]);
    // Everything else is pinned to one version, so that two fresh clones cannot differ.
    const loose = versions.filter(([name, version]) => !floors.has(name) && !catalog.has(name) && !/^\d/.test(version));
    expect(loose).toEqual([]);
  });
});

test('nobody imports itself through others, tests included', () => {
  const below = new Map(
    rooms.map(({ manifest }) => [manifest.name, ours({ ...manifest.dependencies, ...manifest.devDependencies })]),
  );
  const cycles: string[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) cycles.push([...path.slice(path.indexOf(name)), name].join(' -> '));
    else for (const next of below.get(name) ?? []) visit(next, [...path, name]);
  };
  for (const name of below.keys()) visit(name, []);
  expect(cycles).toEqual([]);
});

test('the root builds every room', () => {
  const expected = folders.map((folder) => folder.slice(root.length + 1)).toSorted();
  for (const file of ['tsconfig.json', 'tsconfig.test.json']) {
    const { references } = read<{ references: { path: string }[] }>(join(root, file));
    const built = references.map(({ path }) => path).filter((path) => path !== 'tsconfig.test.json');
    expect(built.toSorted(), file).toEqual(expected);
  }
});
