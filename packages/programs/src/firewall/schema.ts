import { TCP_FLAGS, type TcpFlag } from '@hookline/packet';
import { z } from 'zod';
import { suggest } from '../config/closest-name.ts';
import { checkedBy, oneOrMore, read, record, show, spelling, word } from '../config/zod-schema.ts';
import {
  asksForFlags,
  asksForPorts,
  type FirewallConfig,
  MAX_BLOCKED,
  MAX_INTERFACES,
  MAX_RULES,
  MAX_TERMS,
  type PortRange,
  type Rule,
} from './firewall-config.ts';
import { canonicalPrefix, familyOf } from './prefix.ts';
import { PROTOCOL_NAMES } from './protocols.ts';

const MAX_PORT = 0xffff;
const MAX_IFINDEX = 0x7fff_ffff;

const action = read(word('pass', 'drop'));

function readPrefix(value: unknown): string {
  if (typeof value !== 'string')
    throw new Error(`${show(value)} is no address: write it like 10.0.0.0/8 or 2001:db8::/32.`);
  return canonicalPrefix(value);
}

function readPorts(value: unknown): PortRange {
  const [, low, high] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(spelling(value)) ?? [];
  const from = Number(low);
  const to = Number(high ?? low);
  if (!(from <= to && to <= MAX_PORT)) {
    throw new Error(
      `${show(value)} is no port: write a number up to ${MAX_PORT}, or a range from low to high like 8000-8080.`,
    );
  }
  return { from, to };
}

function readProtocol(value: unknown): number {
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255) return Number(value);
  const name = spelling(value).toLowerCase();
  const number = Object.hasOwn(PROTOCOL_NAMES, name) ? PROTOCOL_NAMES[name] : undefined;
  if (number === undefined) {
    throw new Error(
      `${show(value)} is no protocol (a name, or a number up to 255): ${suggest(name, Object.keys(PROTOCOL_NAMES))}`,
    );
  }
  return number;
}

function readFlag(value: unknown): number {
  const name = spelling(value).toUpperCase();
  if (!Object.hasOwn(TCP_FLAGS, name)) {
    throw new Error(`${show(value)} is no TCP flag: ${suggest(name, Object.keys(TCP_FLAGS))}`);
  }
  return TCP_FLAGS[name as TcpFlag];
}

function readInterface(value: unknown): string | number {
  if (Number.isInteger(value) && Number(value) > 0 && Number(value) <= MAX_IFINDEX) return Number(value);
  // IFNAMSIZ in include/uapi/linux/if.h, with the NUL.
  if (typeof value === 'string' && /^[^\s/]{1,15}$/.test(value)) return value;
  throw new Error(`${show(value)} is no interface: write its name like eth0, or its number.`);
}

function readName(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > 80) {
    throw new Error(`${show(value)} is no name: write up to 80 characters that say what the rule is for.`);
  }
  return value;
}

const flagBits = oneOrMore(readFlag, 8)
  .transform((bits) => bits.reduce((all, bit) => all | bit, 0))
  .prefault([]);
const prefixes = oneOrMore(readPrefix, MAX_TERMS).prefault([]);
const ports = oneOrMore(readPorts, MAX_TERMS).prefault([]);

const rule = record('rule', {
  name: read(readName),
  action,
  source: prefixes,
  destination: prefixes,
  protocol: oneOrMore(readProtocol, 256).prefault([]),
  sourcePort: ports,
  destinationPort: ports,
  flags: record('set of flags', { set: flagBits, clear: flagBits }).prefault({}),
  interface: oneOrMore(readInterface, MAX_TERMS).prefault([]),
  fragments: read(word('match', 'skip')).prefault('skip'),
});

const listOfRules = z
  .array(rule, { error: (issue) => `${show(issue.input)} is no list of rules: put a dash before each rule.` })
  .max(MAX_RULES, {
    error: (issue) => `There are ${(issue.input as unknown[]).length} rules: give at most ${MAX_RULES}.`,
  })
  .default([]);

const config = record('configuration', {
  default: action,
  nonIp: action.prefault('pass'),
  laterFragments: action.optional(),
  blockList: oneOrMore(readPrefix, 2 * MAX_BLOCKED).prefault([]),
  interfaces: z
    .record(
      z.string(),
      read((value) => {
        const number = readInterface(value);
        if (typeof number === 'string')
          throw new Error(`${show(value)} is no interface number: write a positive number.`);
        return number;
      }),
      { error: (issue) => `${show(issue.input)} does not name interfaces: write a line like 'eth0: 2' for each.` },
    )
    .default({}),
  rules: listOfRules,
})
  .transform((read): FirewallConfig => ({ ...read, laterFragments: read.laterFragments ?? read.default }))
  .superRefine((read, context) => {
    const refuse = (message: string, ...path: (string | number)[]) =>
      context.addIssue({ code: 'custom', message, path });
    const names = new Set<string>();
    let terms = 0;
    for (const [i, one] of read.rules.entries()) {
      if (names.has(one.name))
        refuse(`There is a rule '${one.name}' already: give each its own name.`, 'rules', i, 'name');
      names.add(one.name);
      const impossible = whyImpossible(one);
      if (impossible) refuse(impossible.reason, 'rules', i, impossible.key);
      terms += one.source.length + one.destination.length + one.sourcePort.length + one.destinationPort.length;
    }
    if (terms > MAX_TERMS) {
      refuse(
        `The rules hold ${terms} prefixes and port ranges: give at most ${MAX_TERMS}, or use the block list.`,
        'rules',
      );
    }
    const interfaces = new Set(read.rules.flatMap((one) => one.interface)).size;
    if (interfaces > MAX_INTERFACES) {
      refuse(`The rules name ${interfaces} interfaces: name at most ${MAX_INTERFACES}.`, 'rules');
    }
    for (const family of ['ipv4', 'ipv6'] as const) {
      const count = read.blockList.filter((prefix) => familyOf(prefix) === family).length;
      if (count > MAX_BLOCKED)
        refuse(`There are ${count} ${family} prefixes: give at most ${MAX_BLOCKED}.`, 'blockList');
    }
  });

/** A rule that no packet can ever match is a mistake of its author. */
function whyImpossible(rule: Rule): { readonly key: keyof Rule; readonly reason: string } | undefined {
  const allows = (...protocols: readonly number[]) =>
    rule.protocol.length === 0 || rule.protocol.some((protocol) => protocols.includes(protocol));
  const { tcp = 0, udp = 0 } = PROTOCOL_NAMES;
  if (asksForFlags(rule) && !allows(tcp)) return { key: 'flags', reason: 'Only TCP has flags: write protocol: tcp.' };
  if (asksForPorts(rule) && !allows(tcp, udp)) {
    const key = rule.destinationPort.length > 0 ? 'destinationPort' : 'sourcePort';
    return { key, reason: 'Only TCP and UDP have ports: write protocol: tcp, or udp, or [tcp, udp].' };
  }
  if ((rule.flags.set & rule.flags.clear) !== 0) {
    return { key: 'flags', reason: 'A flag cannot be both set and clear: take it out of one of the two.' };
  }
  const { source, destination } = rule;
  if (
    source.length > 0 &&
    destination.length > 0 &&
    !source.some((one) => destination.some((other) => familyOf(one) === familyOf(other)))
  ) {
    return {
      key: 'destination',
      reason: 'Source and destination are of different families: give both as IPv4 or both as IPv6.',
    };
  }
  return undefined;
}

/** Reads what a file holds; `FirewallConfig` is what comes out, `examples/firewall.yaml` shows what may go in. */
export const firewallSchema = checkedBy<FirewallConfig>(config);
