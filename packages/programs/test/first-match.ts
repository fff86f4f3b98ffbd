import { BlockList } from 'node:net';
import type { FirewallConfig, Rule } from '../src/firewall/firewall-config.ts';

/**
 * What the firewall has to do, written down once more without any of its code: a parser that goes from byte to byte and
 * a loop over the rules. Prefixes are compared by Node's own BlockList.
 */

/** What the model says of one frame. */
export interface Judgement {
  readonly verdict: 'pass' | 'drop';
  /** The label of the counter. */
  readonly counted: string;
}

export interface Facts {
  readonly family: 4 | 6;
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly laterFragment: boolean;
  readonly tcp?: {
    readonly sourcePort: number;
    readonly destinationPort: number;
    readonly sequenceNumber: number;
    readonly flags: number;
  };
  readonly udp?: { readonly sourcePort: number; readonly destinationPort: number };
}

export function judge(config: FirewallConfig, frame: Uint8Array, ifindex: number): Judgement {
  const facts = parse(frame);
  if (facts === 'not IP') return { verdict: config.nonIp, counted: 'not IP' };
  if (facts === 'damaged') return { verdict: 'drop', counted: 'damaged IP' };
  if (inside(facts.source, config.blockList)) return { verdict: 'drop', counted: 'block list' };
  for (const [i, rule] of config.rules.entries()) {
    if (matches(config, rule, facts, ifindex)) return { verdict: rule.action, counted: `rule ${i + 1}: ${rule.name}` };
  }
  if (facts.laterFragment) return { verdict: config.laterFragments, counted: 'other later fragments' };
  return { verdict: config.default, counted: 'default' };
}

function matches(config: FirewallConfig, rule: Rule, facts: Facts, ifindex: number): boolean {
  if (rule.source.length > 0 && !inside(facts.source, rule.source)) return false;
  if (rule.destination.length > 0 && !inside(facts.destination, rule.destination)) return false;
  if (rule.protocol.length > 0 && !rule.protocol.includes(facts.protocol)) return false;
  if (rule.interface.length > 0) {
    const numbers = rule.interface.map((one) => (typeof one === 'number' ? one : config.interfaces[one]));
    if (!numbers.includes(ifindex)) return false;
  }
  const asksFlags = rule.flags.set !== 0 || rule.flags.clear !== 0;
  const asksPorts = rule.sourcePort.length > 0 || rule.destinationPort.length > 0;
  if (!asksFlags && !asksPorts) return true;
  if (facts.laterFragment) {
    const able = asksFlags ? [6] : [6, 17];
    return rule.fragments === 'match' && able.includes(facts.protocol);
  }
  if (asksFlags) {
    if (facts.tcp === undefined) return false;
    if ((facts.tcp.flags & rule.flags.set) !== rule.flags.set || (facts.tcp.flags & rule.flags.clear) !== 0)
      return false;
  }
  const ports = facts.tcp ?? facts.udp;
  if (ports === undefined) return false;
  const hit = (ranges: Rule['sourcePort'], port: number) =>
    ranges.length === 0 || ranges.some(({ from, to }) => from <= port && port <= to);
  return hit(rule.sourcePort, ports.sourcePort) && hit(rule.destinationPort, ports.destinationPort);
}

function inside(address: string, prefixes: readonly string[]): boolean {
  const list = new BlockList();
  const type = (text: string) => (text.includes(':') ? 'ipv6' : 'ipv4');
  for (const prefix of prefixes) {
    const [network = '', length] = prefix.split('/');
    if (type(network) === type(address)) list.addSubnet(network, Number(length), type(network));
  }
  return list.check(address, type(address));
}

export function parse(frame: Uint8Array): Facts | 'not IP' | 'damaged' {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  let at = 12;
  for (let tags = 0; ; tags++) {
    if (at + 2 > frame.length) return 'not IP';
    const type = view.getUint16(at);
    at += 2;
    if (type === 0x0800) return ipv4(view, at);
    if (type === 0x86dd) return ipv6(view, at);
    if (tags === 2 || (type !== 0x8100 && type !== 0x88a8)) return 'not IP';
    at += 2;
  }
}

function ipv4(view: DataView, at: number): Facts | 'damaged' {
  if (at + 20 > view.byteLength || view.getUint8(at) >> 4 !== 4) return 'damaged';
  const length = (view.getUint8(at) & 15) * 4;
  const total = view.getUint16(at + 2);
  if (length < 20 || at + length > view.byteLength || total < length) return 'damaged';
  const text = (from: number) => [0, 1, 2, 3].map((i) => view.getUint8(from + i)).join('.');
  const laterFragment = (view.getUint16(at + 6) & 0x1fff) !== 0;
  const protocol = view.getUint8(at + 9);
  const upper = laterFragment ? {} : transport(view, at + length, total - length, protocol);
  return { family: 4, source: text(at + 12), destination: text(at + 16), protocol, laterFragment, ...upper };
}

function ipv6(view: DataView, at: number): Facts | 'damaged' {
  if (at + 40 > view.byteLength || view.getUint8(at) >> 4 !== 6) return 'damaged';
  const text = (from: number) =>
    [0, 2, 4, 6, 8, 10, 12, 14].map((i) => view.getUint16(from + i).toString(16)).join(':');
  const facts = { family: 6, source: text(at + 8), destination: text(at + 24) } as const;
  let next = view.getUint8(at + 6);
  let room = view.getUint16(at + 4);
  if (room === 0 && next === 0) room = 0xffff_ffff;
  at += 40;
  let spent = 0;
  for (let headers = 0; [0, 43, 44, 51, 60].includes(next); headers++) {
    if (headers === 6 || at + 8 > view.byteLength) return { ...facts, protocol: next, laterFragment: false };
    if (next === 44 && (view.getUint16(at + 2) & 0xfff8) !== 0) {
      return { ...facts, protocol: view.getUint8(at), laterFragment: true };
    }
    const words = view.getUint8(at + 1);
    const size = next === 44 ? 8 : next === 51 ? (words + 2) * 4 : (words + 1) * 8;
    next = view.getUint8(at);
    at += size;
    spent += size;
  }
  if (spent > room) return { ...facts, protocol: next, laterFragment: false };
  return { ...facts, protocol: next, laterFragment: false, ...transport(view, at, room - spent, next) };
}

function transport(view: DataView, at: number, room: number, protocol: number): Pick<Facts, 'tcp' | 'udp'> {
  const fits = (size: number) => room >= size && at + size <= view.byteLength;
  const ports = () => ({ sourcePort: view.getUint16(at), destinationPort: view.getUint16(at + 2) });
  if (protocol === 17 && fits(8)) return { udp: ports() };
  if (protocol === 6 && fits(20) && view.getUint8(at + 12) >> 4 >= 5) {
    return { tcp: { ...ports(), sequenceNumber: view.getUint32(at + 4), flags: view.getUint8(at + 13) } };
  }
  return {};
}
