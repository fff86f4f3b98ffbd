import { building } from './context.ts';

/** Names that JavaScript, test runners and this package look for on any object. */
const TOLERATED: ReadonlySet<string> = new Set(['then', 'toJSON', 'kind', 'stop', 'mayBeIgnored', 'codes', 'hooks']);

/** The public names of a handle. */
function membersOf(handle: object): string {
  const names = new Set<string>();
  for (let one: object | null = handle; one && one !== Object.prototype; one = Object.getPrototypeOf(one)) {
    for (const name of Object.getOwnPropertyNames(one)) if (name !== 'constructor') names.add(name);
  }
  return [...names].join(', ');
}

/**
 * The end of a handle's prototype chain. Programs run without a type check, and a name that nothing has is `undefined`
 * in JavaScript: a misleading TypeError one step later. Whoever looks it up arrives here instead, which costs nothing as
 * long as names are right.
 *
 * @param describe begins the sentence: `ipv4` gives "ipv4 has no 'dport': it has version, ..."
 * @param remedy stands for the list of names
 */
export function missingMember(describe: (handle: object) => string, remedy?: string): object {
  return new Proxy(
    {},
    {
      get(target, name, handle: object): unknown {
        if (typeof name === 'symbol' || name in target || TOLERATED.has(name)) return Reflect.get(target, name);
        const has = remedy ?? `it has ${membersOf(handle)}`;
        return building()?.fail('BUILD_VALUE', `${describe(handle)} has no '${name}': ${has}.`);
      },
      set(_target, name, _value, handle: object): boolean {
        building()?.fail(
          'BUILD_VALUE',
          `${describe(handle)} cannot be assigned '${String(name)}': change what it has with .set(value).`,
        );
        return false;
      },
    },
  );
}
