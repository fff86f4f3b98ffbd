import type { BpfObject } from '@hookline/bpf';
import {
  array,
  type Branch,
  bpfObject,
  DROP,
  type Exit,
  type Hook,
  hash,
  type Ipv4,
  type Ipv6,
  lpmTrie,
  lruHash,
  PASS,
  type Packet,
  type PacketCondition,
  type Place,
  perCpuArray,
  queue,
  repeat,
  ringBuffer,
  STOP,
  select,
  subprogram,
  type Tcp,
  tc,
  type Udp,
  type Uint,
  type Verdict,
  variable,
  when,
  xdp,
} from '@hookline/builder';
import { be16, ipv4Address, ipv4Prefix, type Scalar, struct, u8, u16, u32, u64, type Width } from '@hookline/layout';
import fc from 'fast-check';

/*
 * Random programs, as trees that fast-check can shrink: `write` turns one into a program by calling the builder as an
 * author would.
 */

const SCALARS: { readonly [W in Width]: Scalar<W> } = { u8, u16, u32, u64 };
const WIDTHS = ['u8', 'u16', 'u32', 'u64'] as const;
const VARIABLES = 3;

const BINARY = ['plus', 'minus', 'times', 'dividedBy', 'modulo', 'bitAnd', 'bitOr', 'bitXor'] as const;
const SHIFTS = ['shiftLeft', 'shiftRight'] as const;
const COMPARISONS = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'hasAny', 'hasAll'] as const;

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'field'; readonly index: number }
  | { readonly kind: 'variable'; readonly index: number }
  | {
      readonly kind: 'binary';
      readonly operator: (typeof BINARY)[number];
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'shift';
      readonly operator: (typeof SHIFTS)[number];
      readonly left: Expression;
      readonly by: number;
    }
  | { readonly kind: 'select'; readonly condition: Condition; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'narrow'; readonly to: Width; readonly of: Expression }
  | { readonly kind: 'lookup'; readonly key: Expression }
  | { readonly kind: 'call'; readonly left: Expression; readonly right: Expression };

export type Condition =
  | {
      readonly kind: 'compare';
      readonly operator: (typeof COMPARISONS)[number];
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'both'; readonly operator: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'oneOf'; readonly left: Expression; readonly values: readonly number[] }
  | { readonly kind: 'prefix'; readonly prefixes: readonly string[] };

export type Statement =
  | { readonly kind: 'set'; readonly variable: number; readonly value: Expression }
  | { readonly kind: 'count'; readonly map: 'shared' | 'own'; readonly key: Expression; readonly by: Expression }
  | {
      readonly kind: 'atomic';
      readonly operation: 'exchange' | 'fetchAdd' | 'compareExchange';
      readonly variable: number;
      readonly value: Expression;
    }
  | { readonly kind: 'update'; readonly key: Expression; readonly value: Expression }
  | { readonly kind: 'delete'; readonly key: Expression }
  | { readonly kind: 'flow' }
  | { readonly kind: 'emit'; readonly value: Expression }
  | { readonly kind: 'push'; readonly value: Expression }
  | { readonly kind: 'pop'; readonly variable: number }
  | {
      readonly kind: 'branch';
      readonly condition: Condition;
      readonly yes: Body;
      readonly other?: Condition;
      readonly otherBody?: Body;
      readonly no?: Body;
    }
  | { readonly kind: 'loop'; readonly rounds: number; readonly body: readonly Statement[]; readonly until: Condition }
  | { readonly kind: 'upper'; readonly tcp: readonly Statement[]; readonly udp: readonly Statement[] }
  | { readonly kind: 'rewrite'; readonly ttl: Expression; readonly address: boolean }
  | { readonly kind: 'ports'; readonly port: Expression }
  | { readonly kind: 'write'; readonly value: Expression }
  | { readonly kind: 'denied' };

/** Statements, then what they come to. */
export interface Body {
  readonly statements: readonly Statement[];
  readonly end: 'pass' | 'drop' | 'fall';
}

export interface ProgramTree {
  readonly hook: Hook;
  readonly family: 4 | 6;
  readonly statements: readonly Statement[];
  readonly last: Condition;
}

const PREFIXES = ['0.0.0.0/0', '10.0.0.0/8', '192.0.2.1', '192.0.2.0/25', '128.0.0.0/1', '198.51.100.0/31'];

const trees = fc.letrec<{ expression: Expression; condition: Condition; statement: Statement; body: Body }>((tie) => {
  const expression = tie('expression');
  const condition = tie('condition');
  const statement = tie('statement');
  const index = fc.nat(11);
  const number = fc.oneof(fc.nat(3), fc.nat(255), fc.nat(0xffff_ffff));
  const record = fc.record;
  return {
    expression: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'expression' },
      record({ kind: fc.constant('number' as const), value: number }),
      record({ kind: fc.constant('field' as const), index }),
      record({ kind: fc.constant('variable' as const), index }),
      record({
        kind: fc.constant('binary' as const),
        operator: fc.constantFrom(...BINARY),
        left: expression,
        right: expression,
      }),
      record({
        kind: fc.constant('shift' as const),
        operator: fc.constantFrom(...SHIFTS),
        left: expression,
        by: fc.nat(63),
      }),
      record({ kind: fc.constant('select' as const), condition, yes: expression, no: expression }),
      record({ kind: fc.constant('narrow' as const), to: fc.constantFrom(...WIDTHS), of: expression }),
      record({ kind: fc.constant('lookup' as const), key: expression }),
      record({ kind: fc.constant('call' as const), left: expression, right: expression }),
    ),
    condition: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'condition' },
      record({
        kind: fc.constant('compare' as const),
        operator: fc.constantFrom(...COMPARISONS),
        left: expression,
        right: expression,
      }),
      record({ kind: fc.constant('oneOf' as const), left: expression, values: fc.array(number, { maxLength: 3 }) }),
      record({ kind: fc.constant('prefix' as const), prefixes: fc.subarray(PREFIXES, { minLength: 1 }) }),
      record({
        kind: fc.constant('both' as const),
        operator: fc.constantFrom('and' as const, 'or' as const),
        left: condition,
        right: condition,
      }),
      record({ kind: fc.constant('not' as const), of: condition }),
    ),
    statement: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'statement' },
      record({ kind: fc.constant('set' as const), variable: index, value: expression }),
      record({
        kind: fc.constant('count' as const),
        map: fc.constantFrom('shared' as const, 'own' as const),
        key: expression,
        by: expression,
      }),
      record({ kind: fc.constant('update' as const), key: expression, value: expression }),
      record({ kind: fc.constant('delete' as const), key: expression }),
      record({ kind: fc.constant('flow' as const) }),
      record({ kind: fc.constant('denied' as const) }),
      record({ kind: fc.constant('emit' as const), value: expression }),
      record({ kind: fc.constant('push' as const), value: expression }),
      record({ kind: fc.constant('pop' as const), variable: index }),
      record({ kind: fc.constant('rewrite' as const), ttl: expression, address: fc.boolean() }),
      record({ kind: fc.constant('ports' as const), port: expression }),
      record({ kind: fc.constant('write' as const), value: expression }),
      record({
        kind: fc.constant('atomic' as const),
        operation: fc.constantFrom('exchange' as const, 'fetchAdd' as const, 'compareExchange' as const),
        variable: index,
        value: expression,
      }),
      record(
        {
          kind: fc.constant('branch' as const),
          condition,
          yes: tie('body'),
          other: condition,
          otherBody: tie('body'),
          no: tie('body'),
        },
        { requiredKeys: ['kind', 'condition', 'yes'] },
      ),
      record({
        kind: fc.constant('loop' as const),
        rounds: fc.integer({ min: 1, max: 4 }),
        body: fc.array(statement, { maxLength: 2 }),
        until: condition,
      }),
      record({
        kind: fc.constant('upper' as const),
        tcp: fc.array(statement, { maxLength: 3 }),
        udp: fc.array(statement, { maxLength: 3 }),
      }),
    ),
    body: record({
      statements: fc.array(statement, { maxLength: 3 }),
      end: fc.constantFrom('pass' as const, 'drop' as const, 'fall' as const, 'fall' as const),
    }),
  };
});

export const programTree: fc.Arbitrary<ProgramTree> = fc.record({
  hook: fc.constantFrom('xdp' as const, 'tc' as const),
  family: fc.constantFrom(4 as const, 4 as const, 6 as const),
  statements: fc.array(trees.statement, { minLength: 2, maxLength: 8 }),
  last: trees.condition,
});

export const MAPS = {
  counters: array('counters', { value: struct('counter', { small: u8, packets: u64, bytes: u32 }), maxEntries: 4 }),
  own: perCpuArray('own', { value: struct('own', { narrow: u8, port: be16, total: u64 }), maxEntries: 4 }),
  numbers: hash('numbers', { key: u32, value: u32, maxEntries: 16 }),
  flows: lruHash('flows', {
    key: struct('flow', { source: ipv4Address, port: be16, protocol: u8 }),
    value: u64,
    maxEntries: 64,
  }),
  denied: lpmTrie('denied', { key: ipv4Prefix, value: u16, maxEntries: 16 }),
  events: ringBuffer('events', { value: struct('event', { kind: u8, value: u64, address: ipv4Address }), size: 4096 }),
  waiting: queue('waiting', { value: u32, maxEntries: 4 }),
  results: array('results', { value: struct('results', { a: u64, b: u64, c: u64 }), maxEntries: 1 }),
} as const;

const mix = subprogram('mix', { args: { a: u32, b: u16 }, returns: u32 }, ({ a, b }) => {
  const sum = variable(u32, a);
  repeat(3, () => sum.add(b));
  when(MAPS.numbers.lookup(b), (found) => sum.set(found));
  return sum.times(31);
});

type Variable = Place<Scalar<'u64'>>;
type Ip = { readonly four: Ipv4 } | { readonly six: Ipv6 };

interface Scope {
  readonly packet: Packet;
  readonly ip: Ip;
  readonly variables: readonly Variable[];
  readonly upper?: Tcp | Udp;
}

type AnyUint = Uint<'u8'> | Uint<'u16'> | Uint<'u32'>;

class Writer {
  #loops = 0;

  /** Reads only the one that is asked for: a field that is looked at and left alone is an error. */
  field(scope: Scope, index: number): AnyUint {
    const { packet, ip, upper } = scope;
    const makers: (() => AnyUint)[] = [
      () => packet.length,
      () => packet.etherType,
      ...('four' in ip
        ? [
            () => ip.four.ttl,
            () => ip.four.protocol,
            () => ip.four.totalLength,
            () => ip.four.dscp,
            () => ip.four.fragmentOffset,
          ]
        : [
            () => ip.six.hopLimit,
            () => ip.six.nextHeader,
            () => ip.six.payloadLength,
            () => ip.six.flowLabel,
            () => ip.six.protocol,
          ]),
      ...(upper ? [() => upper.sourcePort, () => upper.destinationPort, () => upper.checksum] : []),
    ];
    const maker = makers[index % makers.length];
    if (!maker) throw new Error('No fields.');
    return maker();
  }

  variable(scope: Scope, index: number): Variable {
    const found = scope.variables[index % VARIABLES];
    if (!found) throw new Error('No variables.');
    return found;
  }

  expression(scope: Scope, tree: Expression): Uint<'u64'> {
    switch (tree.kind) {
      case 'number':
        return variable(u64, tree.value);
      case 'field':
        return this.field(scope, tree.index).as(u64);
      case 'variable':
        return this.variable(scope, tree.index);
      case 'binary': {
        const left = this.expression(scope, tree.left);
        if (tree.right.kind !== 'number') return left[tree.operator](this.expression(scope, tree.right));
        const divides = tree.operator === 'dividedBy' || tree.operator === 'modulo';
        return left[tree.operator](divides ? Math.max(1, tree.right.value) : tree.right.value);
      }
      case 'shift':
        return this.expression(scope, tree.left)[tree.operator](tree.by);
      case 'select': {
        const yes = this.expression(scope, tree.yes);
        const no = this.expression(scope, tree.no);
        return select(u64, this.condition(scope, tree.condition), yes, no);
      }
      case 'narrow':
        return this.expression(scope, tree.of).as(SCALARS[tree.to]).plus(1).as(u64);
      case 'lookup':
        return MAPS.numbers.lookup(this.expression(scope, tree.key).as(u32)).or(7).as(u64);
      case 'call': {
        const a = this.expression(scope, tree.left).as(u32);
        return mix({ a, b: this.expression(scope, tree.right).as(u16) }).as(u64);
      }
    }
  }

  condition(scope: Scope, tree: Condition): PacketCondition {
    switch (tree.kind) {
      case 'compare': {
        const left = this.expression(scope, tree.left);
        return left[tree.operator](
          tree.right.kind === 'number' ? tree.right.value : this.expression(scope, tree.right),
        );
      }
      case 'both':
        return this.condition(scope, tree.left)[tree.operator](this.condition(scope, tree.right));
      case 'not':
        return this.condition(scope, tree.of).not();
      case 'oneOf':
        return this.expression(scope, tree.left).oneOf(...tree.values);
      case 'prefix':
        return 'four' in scope.ip
          ? scope.ip.four.source.in(...tree.prefixes)
          : scope.ip.six.source.in('2001:db8::/32', '2001:db8:0:0:8000::/65', 'fe80::1');
    }
  }

  body(scope: Scope, { statements, end }: Body): Exit {
    for (const statement of statements) this.statement(scope, statement);
    if (end === 'pass') return PASS;
    if (end === 'drop') return DROP;
  }

  statement(scope: Scope, tree: Statement): void {
    switch (tree.kind) {
      case 'set':
        this.variable(scope, tree.variable).set(this.expression(scope, tree.value));
        return;
      case 'count':
        this.count(scope, tree);
        return;
      case 'atomic': {
        const value = this.expression(scope, tree.value);
        when(MAPS.counters.lookup(1), (found) => {
          const before =
            tree.operation === 'compareExchange'
              ? found.packets.compareExchange(this.variable(scope, tree.variable), value)
              : found.packets[tree.operation](value);
          this.variable(scope, tree.variable).set(before);
          found.bytes.set(found.bytes.fetchAdd(3));
        });
        return;
      }
      case 'update':
        MAPS.numbers.update(this.expression(scope, tree.key).as(u32), this.expression(scope, tree.value).as(u32));
        return;
      case 'delete':
        MAPS.numbers.delete(this.expression(scope, tree.key).as(u32));
        return;
      case 'flow':
        if ('four' in scope.ip) {
          const { four } = scope.ip;
          MAPS.flows.update(
            { source: four.source, port: scope.upper?.sourcePort ?? 9, protocol: four.protocol },
            scope.packet.length,
          );
        }
        return;
      case 'denied':
        if ('four' in scope.ip) {
          const result = this.variable(scope, 0);
          when(MAPS.denied.lookup(scope.ip.four.source), (rule) => result.add(rule));
        }
        return;
      case 'emit':
        MAPS.events.emit({
          kind: 3,
          value: this.expression(scope, tree.value),
          address: 'four' in scope.ip ? scope.ip.four.destination : '192.0.2.9',
        });
        return;
      case 'push':
        MAPS.waiting.push(this.expression(scope, tree.value).as(u32), { replaceOldest: true });
        return;
      case 'pop':
        this.variable(scope, tree.variable).set(MAPS.waiting.pop().or(5));
        return;
      case 'branch':
        this.branch(scope, tree);
        return;
      case 'loop':
        this.loop(scope, tree);
        return;
      case 'upper': {
        const ip = 'four' in scope.ip ? scope.ip.four : scope.ip.six;
        const inside = (upper: Tcp | Udp, list: readonly Statement[]): void => {
          for (const statement of list) this.statement({ ...scope, upper }, statement);
        };
        when(ip.tcp(), (tcp) => inside(tcp, tree.tcp)).elseWhen(ip.udp(), (udp) => inside(udp, tree.udp));
        return;
      }
      case 'rewrite': {
        const ttl = this.expression(scope, tree.ttl).as(u8);
        if ('four' in scope.ip) {
          const { four } = scope.ip;
          four.rewrite(tree.address ? { ttl, source: four.destination, destination: '203.0.113.7' } : { ttl });
        } else {
          const { six } = scope.ip;
          six.rewrite(
            tree.address ? { hopLimit: ttl, source: six.destination, destination: '2001:db8::77' } : { hopLimit: ttl },
          );
        }
        return;
      }
      case 'ports':
        this.ports(scope, this.expression(scope, tree.port).as(u16));
        return;
      case 'write': {
        const value = this.expression(scope, tree.value);
        if ('four' in scope.ip) scope.ip.four.dscp.set(value.bitAnd(63).as(u8));
        else scope.ip.six.flowLabel.set(value.as(u32));
      }
    }
  }

  ports({ upper }: Scope, port: Uint<'u16'>): void {
    if (!upper) when(port.eq(0), () => {});
    else if ('flags' in upper) upper.rewrite({ sourcePort: upper.destinationPort, destinationPort: port });
    else upper.rewrite({ destinationPort: port });
  }

  count(scope: Scope, { map, key, by }: Extract<Statement, { kind: 'count' }>): void {
    const index = this.expression(scope, key).bitAnd(7).as(u32);
    const amount = this.expression(scope, by);
    if (map === 'shared') {
      when(MAPS.counters.lookup(index), (found) => {
        found.packets.add(amount);
        found.bytes.add(1);
      });
    } else {
      when(MAPS.own.lookup(index), (found) => {
        found.narrow.add(amount.as(u8));
        found.port.add(amount.as(u16));
        found.total.add(amount);
      });
    }
  }

  branch(scope: Scope, { condition, yes, other, otherBody, no }: Extract<Statement, { kind: 'branch' }>): void {
    let branch: Branch<unknown> = when(this.condition(scope, condition), () => this.body(scope, yes));
    if (other && otherBody) {
      branch = branch.elseWhen(this.condition(scope, other), () => this.body(scope, otherBody));
    }
    // A branch of which all sides end would leave nothing for the statements behind it.
    if (no) branch.otherwise(() => this.body(scope, { ...no, end: 'fall' }));
  }

  loop(scope: Scope, { rounds, body, until }: Extract<Statement, { kind: 'loop' }>): void {
    // The verifier follows each round: two loops inside each other are enough.
    if (this.#loops >= 2) return;
    this.#loops++;
    repeat(rounds, (round) => {
      this.variable(scope, 1).add(round);
      for (const statement of body) this.statement(scope, statement);
      when(this.condition(scope, until), () => STOP);
    });
    this.#loops--;
  }

  program(packet: Packet, tree: ProgramTree): Verdict<Hook> {
    const variables = Array.from({ length: VARIABLES }, (_, i) => variable(u64, i));
    const ip: Ip = tree.family === 4 ? { four: packet.ipv4().orReturn(PASS) } : { six: packet.ipv6().orReturn(PASS) };
    const scope: Scope = { packet, ip, variables };
    for (const statement of tree.statements) this.statement(scope, statement);
    const [a, b, c] = variables;
    when(MAPS.results.lookup(0), (results) => {
      if (a) results.a.set(a);
      if (b) results.b.set(b);
      if (c) results.c.set(c);
    });
    return when(this.condition(scope, tree.last), () => DROP).otherwise(() => PASS);
  }
}

/** The tree as an object with one program and all maps. */
export function objectOf(tree: ProgramTree): BpfObject {
  const program =
    tree.hook === 'xdp'
      ? xdp('random', ({ packet }) => new Writer().program(packet, tree))
      : tc('random', ({ packet }) => new Writer().program(packet, tree));
  return bpfObject({ program, ...MAPS }) as unknown as BpfObject;
}
