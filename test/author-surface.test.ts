import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

/**
 * What a program's author gets: a project of their own, with `hookline` installed as a package and nothing else in
 * reach, as pnpm lays it out. The firewall in it is the one in README.md, to the letter.
 */
const run = promisify(execFile);
vi.setConfig({ testTimeout: 30_000 });
const root = join(import.meta.dirname, '..');
const project = mkdtempSync(join(tmpdir(), 'hookline-author-'));
afterAll(() => rmSync(project, { recursive: true }));

const [firewall = '', twoWorlds = ''] = [
  ...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms),
].map(([, code]) => code);

/** Copies what a package publishes of its types into `folder`, and the manifest as it is published. */
function install(source: string, folder: string): void {
  const { publishConfig, ...manifest } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, ...publishConfig }));
  for (const file of globSync('dist/**/*.d.ts', { cwd: source })) cpSync(join(source, file), join(folder, file));
}

/** Exports whose types nobody wrote down: in the declarations, every name in them must be reachable from `hookline`. */
const INFERRED = `
import {
  array, arrayOf, be16, bits, bpfObject, bytes, cpu, DROP, hash, type Host, Ipv4Header, ipv4Address, ipv6Prefix, lpmTrie, mac, type Packet,
  PASS, perCpuHash, queue, random, ringBuffer, select, type Service, struct, subprogram, tc, time, u8, u16, u32, u64, variable, when, xdp,
} from 'hookline';
import * as edge from './edge.ts';

export const Flow = struct('flow', { source: ipv4Address, port: be16, mac, tag: bytes(4), parts: arrayOf(u16, 3), ...bits(u8, { low: 4, high: 4 }) });
export const flows = hash('flows', { key: Flow, value: u64, maxEntries: 16 });
export const slots = array('slots', { value: Flow, maxEntries: 4 });
export const perCpu = perCpuHash('per_cpu', { key: u32, value: Flow, maxEntries: 4 });
export const prefixes = lpmTrie('prefixes', { key: ipv6Prefix, value: u32, maxEntries: 4 });
export const waiting = queue('waiting', { value: Flow, maxEntries: 4 });
export const events = ringBuffer('events', { value: Flow, size: 4096 });
export const ip = (packet: Packet) => packet.ipv4();
export const tcp = (packet: Packet) => packet.ipv4().orReturn(PASS).tcp();
export const ethernet = (packet: Packet) => packet.ethernet();
export const ipv6 = (packet: Packet) => packet.ipv6();
export const ttl = (packet: Packet) => packet.ipv4().orReturn(PASS).ttl;
export const isOld = (packet: Packet) => packet.ipv4().orReturn(PASS).ttl.lt(2);
export const found = (packet: Packet) => flows.lookup({ source: packet.ipv4().orReturn(PASS).source, port: 1, mac: '02:00:00:00:00:01', tag: new Uint8Array(4), parts: [1, 2, 3], low: 1, high: 2 });
export const chosen = (packet: Packet) => select(u32, isOld(packet), 1, 2);
export const counter = () => variable(u32, 0);
export const branch = (packet: Packet) => when(isOld(packet), () => DROP);
export const sum = subprogram('sum', { args: { a: u32, b: u32 }, returns: u32 }, ({ a, b }) => a.plus(b));
export const now = () => [time(), cpu(), random()] as const;
export const object = bpfObject(edge);
export const both = { xdp: xdp('x', () => PASS), tc: tc('t', () => PASS) };
export const loadOn = (host: Host) => host.load(object);
export const block = (host: Host) => loadOn(host).maps.denied;
export const counted = (host: Host) => loadOn(host).map(edge.counters);
export const tried = (host: Host) => loadOn(host).programs.firewall.testRun(new Uint8Array(60));
export const attached = (host: Host) => host.attachXdp(loadOn(host).programs.firewall, 'eth0', {});
export const devices = (host: Host) => host.devices();
export const parse = ({ schema }: Service<{ readonly open: boolean }, void>) => schema;
export const eventsOf = (host: Host) => host.load(bpfObject({ events, waiting })).maps;
export { Ipv4Header };
`;

beforeAll(() => {
  const modules = join(project, 'node_modules');
  const own = JSON.parse(readFileSync(join(root, 'apps/cli/package.json'), 'utf8'));
  install(join(root, 'apps/cli'), join(modules, 'hookline'));
  for (const name of Object.keys(own.dependencies).filter((dependency) => dependency.startsWith('@hookline/'))) {
    install(join(root, 'packages', name.slice('@hookline/'.length)), join(modules, 'hookline/node_modules', name));
  }
  mkdirSync(join(modules, '@types'));
  symlinkSync(join(root, 'node_modules/@types/node'), join(modules, '@types/node'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(project, 'edge.ts'), firewall);
  writeFileSync(join(project, 'inferred.ts'), INFERRED);
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'es2024',
        lib: ['es2024', 'esnext.disposable'],
        module: 'nodenext',
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        noUnusedLocals: true,
        skipLibCheck: false,
        declaration: true,
        rewriteRelativeImportExtensions: true,
        outDir: 'out',
      },
      files: ['edge.ts', 'inferred.ts'],
    }),
  );
});

describe("an author's project", () => {
  test('type-checks strictly, and its declarations name every type', async () => {
    const tsc = join(root, 'node_modules/.bin/tsc');
    const { stdout } = await run(tsc, ['-p', '.'], { cwd: project }).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
    const declarations = readFileSync(join(project, 'out/inferred.d.ts'), 'utf8');
    expect(declarations).toMatch(/export declare const ttl: \(packet: Packet\) => /);
    expect(declarations).not.toMatch(/\bany\b/);
    // Only `hookline` is a dependency of this project.
    expect(declarations).not.toContain('@hookline/');
  });
});

describe('the two programs of the README', () => {
  test('the firewall replays, on both hooks', async () => {
    const alone = mkdtempSync(join(tmpdir(), 'hookline-alone-'));
    try {
      writeFileSync(join(alone, 'edge.ts'), firewall);
      const hookline = join(root, 'apps/cli/bin/hookline.js');
      const replay = async (program: string) => {
        const args = [hookline, 'replay', join(root, 'pcaps/port-scan.pcap'), '-p', join(alone, program), '--json'];
        return JSON.parse((await run(process.execPath, args)).stdout);
      };
      const [xdp, tc] = await Promise.all([replay('edge.ts#firewall'), replay('edge.ts#firewallTc')]);
      // tshark -r port-scan.pcap -Y 'ip.ttl < 2 or (ip and tcp.dstport in {22, 23})' counts 10 of 212.
      expect(xdp.verdicts).toMatchObject({ DROP: 10, PASS: 202 });
      expect(tc.tc).toMatchObject({ SHOT: 10, OK: 202 });
    } finally {
      rmSync(alone, { recursive: true });
    }
  });

  test('the control plane speaks to the simulated host', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hookline-control-'));
    try {
      symlinkSync(join(import.meta.dirname, 'node_modules'), join(folder, 'node_modules'));
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
      writeFileSync(join(folder, 'edge.ts'), firewall);
      writeFileSync(join(folder, 'control.ts'), twoWorlds);
      const { stdout, stderr } = await run(process.execPath, [join(folder, 'control.ts')]);
      // XDP_DROP is 1 (linux/bpf.h); Ethernet, IPv4 and TCP headers are 54 bytes; one of the CPUs has counted.
      expect(stdout).toMatch(/^1 \[/);
      expect(stdout).toContain('{ packets: 1n, bytes: 54n }');
      expect(stderr).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
