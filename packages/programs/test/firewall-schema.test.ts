import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../src/config/config-error.ts';
import { readConfig } from '../src/config/read-config.ts';
import { MAX_RULES } from '../src/firewall/firewall-config.ts';
import { firewallSchema } from '../src/firewall/schema.ts';

const read = (text: string) => readConfig(firewallSchema, text, 'rules.yaml');

function refusal(text: string): string {
  try {
    read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  return 'accepted';
}

test('the smallest configuration has every default filled in', () => {
  expect(read('default: drop')).toEqual({
    default: 'drop',
    nonIp: 'pass',
    laterFragments: 'drop',
    blockList: [],
    interfaces: {},
    rules: [],
  });
});

test('a rule in all its spellings', () => {
  const text = `
default: pass
laterFragments: drop
blockList: 192.0.2.1
interfaces: { uplink: 3 }
rules:
  - name: everything
    action: drop
    source: [10.0.0.0/8, "2001:DB8::/32"]
    destination: 0.0.0.0/0
    protocol: [TCP, 17]
    sourcePort: 1024-65535
    destinationPort: [22, "8000-8080"]
    flags: { set: syn, clear: [ACK, RST] }
    interface: [uplink, 7]
    fragments: match
`;
  expect(read(text)).toEqual({
    default: 'pass',
    nonIp: 'pass',
    laterFragments: 'drop',
    blockList: ['192.0.2.1/32'],
    interfaces: { uplink: 3 },
    rules: [
      {
        name: 'everything',
        action: 'drop',
        source: ['10.0.0.0/8', '2001:db8::/32'],
        destination: ['0.0.0.0/0'],
        protocol: [6, 17],
        sourcePort: [{ from: 1024, to: 65535 }],
        destinationPort: [
          { from: 22, to: 22 },
          { from: 8000, to: 8080 },
        ],
        flags: { set: 0x02, clear: 0x14 },
        interface: ['uplink', 7],
        fragments: 'match',
      },
    ],
  });
});

test('JSON is a configuration too', () => {
  expect(read('{"default": "pass", "rules": []}').default).toBe('pass');
});

test('the example that ships is valid', () => {
  const example = readFileSync(new URL('../examples/firewall.yaml', import.meta.url), 'utf8');
  expect(read(example).rules.map((rule) => rule.name)).toContain('drop telnet');
});

const rule = (line: string) => `default: drop\nrules:\n  - name: a\n    action: pass\n    ${line}`;

describe('what is wrong is named in one sentence, with key, line and remedy', () => {
  test.each([
    [
      '',
      'rules.yaml: null is no configuration: give an object with the keys default, nonIp, laterFragments, blockList, interfaces, rules.',
    ],
    [
      'default: drop\nrulez: []',
      "rules.yaml:2:8: rulez: There is no such key in a configuration: did you mean 'rules'?",
    ],
    ['default: dorp', 'rules.yaml:1:10: default: "dorp" is not possible here: use one of pass, drop.'],
    ['rules: []', 'rules.yaml:1:1: default: Nothing is not possible here: use one of pass, drop.'],
    ['default: drop\nrules: 3', 'rules.yaml:2:8: rules: 3 is no list of rules: put a dash before each rule.'],
    [
      'default: drop\nrules:\n  - action: pass',
      'rules.yaml:3:5: rules[0].name: Nothing is no name: write up to 80 characters that say what the rule is for.',
    ],
    [
      rule('protocl: tcp'),
      "rules.yaml:5:14: rules[0].protocl: There is no such key in a rule: did you mean 'protocol'?",
    ],
    [
      rule('protocol: tpc'),
      'rules.yaml:5:15: rules[0].protocol: "tpc" is no protocol (a name, or a number up to 255): use one of icmp, igmp, tcp, udp, gre, esp, ah, icmpv6, ospf, sctp.',
    ],
    [
      rule('destinationPort: [80, 70000]'),
      'rules.yaml:5:27: rules[0].destinationPort[1]: 70000 is no port: write a number up to 65535, or a range from low to high like 8000-8080.',
    ],
    [
      rule('destinationPort: 90-80'),
      'rules.yaml:5:22: rules[0].destinationPort: "90-80" is no port: write a number up to 65535, or a range from low to high like 8000-8080.',
    ],
    [
      rule('source: 10.0.0.1/8'),
      "rules.yaml:5:13: rules[0].source: '10.0.0.1/8' has bits behind its length: write 10.0.0.0/8 for the network, or 10.0.0.1 for the one address.",
    ],
    [
      rule('source: [10.0.0.0/8, 300.1.1.1]'),
      "rules.yaml:5:26: rules[0].source[1]: '300.1.1.1' is no IPv4 address: write it as 192.0.2.1.",
    ],
    [rule('{}'), 'rules.yaml:5:5: Implicit map keys need to be followed by map values: correct the YAML here.'],
    [
      rule('flags: { set: [SIN] }'),
      'rules.yaml:5:20: rules[0].flags.set[0]: "SIN" is no TCP flag: did you mean \'FIN\'?',
    ],
    [
      rule('flags: { set: SYN, clear: SYN }'),
      'rules.yaml:5:12: rules[0].flags: A flag cannot be both set and clear: take it out of one of the two.',
    ],
    [
      rule('protocol: udp\n    flags: { set: SYN }'),
      'rules.yaml:6:12: rules[0].flags: Only TCP has flags: write protocol: tcp.',
    ],
    [
      rule('protocol: icmp\n    sourcePort: 1'),
      'rules.yaml:6:17: rules[0].sourcePort: Only TCP and UDP have ports: write protocol: tcp, or udp, or [tcp, udp].',
    ],
    [
      rule('source: 10.0.0.0/8\n    destination: ::/0'),
      'rules.yaml:6:18: rules[0].destination: Source and destination are of different families: give both as IPv4 or both as IPv6.',
    ],
    [
      rule('protocol: tcp\n  - name: a\n    action: drop'),
      "rules.yaml:6:11: rules[1].name: There is a rule 'a' already: give each its own name.",
    ],
    ['default: drop\ndefault: pass', 'rules.yaml:2:1: Map keys must be unique: correct the YAML here.'],
    [
      'default: drop\ninterfaces: { eth0: up }',
      'rules.yaml:2:21: interfaces.eth0: "up" is no interface number: write a positive number.',
    ],
  ])('%j', (text, sentence) => {
    expect(refusal(text)).toBe(sentence);
  });
});

test('too many rules are refused by their number', () => {
  const rules = Array.from({ length: MAX_RULES + 1 }, (_, i) => `  - { name: r${i}, action: pass }`).join('\n');
  expect(refusal(`default: drop\nrules:\n${rules}`)).toBe(
    `rules.yaml:3:3: rules: There are ${MAX_RULES + 1} rules: give at most ${MAX_RULES}.`,
  );
});

test('too many prefixes over all rules are refused', () => {
  const many = Array.from({ length: 600 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`).join(', ');
  expect(refusal(rule(`source: [${many}]\n    destination: [${many}]`))).toContain(
    'The rules hold 1200 prefixes and port ranges: give at most 1000, or use the block list.',
  );
});

test('aliases that multiply are refused, quickly', () => {
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}]`);
  expect(refusal(`l0: &l0 [x, x, x]\n${levels.join('\n')}`)).toContain(
    'The aliases (*name) of this file cannot be resolved',
  );
});

test.each([
  ['a list that contains itself', 'rules: &a [*a]\ndefault: drop', 'rules.yaml:1:12: rules[0]: A list is no rule'],
  [
    'a mapping with the keys of JavaScript',
    'default: { toString: 1, __proto__: 2 }',
    'rules.yaml:1:10: default: A mapping is not possible here',
  ],
  [
    'a name that every JavaScript object knows',
    'default: drop\nrules: [{ name: a, action: pass, protocol: constructor }]',
    'rules.yaml:2:44: rules[0].protocol: "constructor" is no protocol',
  ],
])('%s', (_what, text, beginning) => {
  const sentence = refusal(text);
  expect(sentence.slice(0, beginning.length)).toBe(beginning);
  expect(sentence).toMatch(/[.?]$/);
});

test('a huge file is refused before it is parsed', () => {
  expect(refusal(`#${' '.repeat(1 << 20)}`)).toContain('larger than 1048576 bytes');
});

test('whatever the text is, there is a configuration or one ConfigError', () => {
  const words = fc.constantFrom(
    'default',
    'rules',
    'drop',
    ': ',
    '- ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    '&a',
    '*a',
    '!!int',
    '"',
    '10.0.0.0/8',
    '__proto__',
    '80',
    '|',
    '<<',
    '%',
  );
  const text = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.array(words, { maxLength: 40 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (text) => {
      try {
        expect(read(text).rules).toBeInstanceOf(Array);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect((error as Error).message).toMatch(/[.?]$/);
        expect((error as Error).message).not.toContain('\n');
      }
    }),
    { numRuns: 500 },
  );
});
