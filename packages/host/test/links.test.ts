import { assemble, BpfError } from '@hookline/bpf';
import { describe, expect, test } from 'vitest';
import { SimulatedHost } from '../src/index.ts';
import { numbered, only, world } from './world.ts';

const DROP_ALL = '.program drop_all xdp\nr0 = 1\nexit';
const PASS_ALL = '.program pass_all xdp\nr0 = 2\nexit';
const TC_OK = '.program tc_ok tc\nr0 = 0\nexit';
const TC_SHOT = '.program tc_shot tc\nr0 = 2\nexit';

function failing(code: string, remedy: RegExp) {
  return expect.objectContaining({ code, message: expect.stringMatching(remedy) });
}

// bpf_xdp_link_* in net/core/dev.c, tcx_link_* in kernel/bpf/tcx.c.
describe('an XDP link', () => {
  test('holds the hook: a second program finds it busy', () => {
    const { load, host, xdp } = world();
    xdp(DROP_ALL);
    expect(() => host.attachXdp(only(load(PASS_ALL)), 'eth0')).toThrow(
      failing('EBUSY', /drop_all already: update its link/),
    );
  });

  test('says what is where', () => {
    const { load, host, eth0 } = world();
    const program = only(load(DROP_ALL));
    const link = host.attachXdp(program, eth0);
    expect(link.info()).toEqual({ hook: 'xdp', device: eth0, mode: 'native', program });
  });

  test('exchanges its program between two frames', () => {
    const { load, host, run, delivered } = world();
    const link = host.attachXdp(only(load(DROP_ALL)), 'eth0');
    run([numbered(1)]);
    link.update(only(load(PASS_ALL)));
    run([numbered(2)]);
    expect(delivered).toHaveLength(1);
    expect(host.drops.toRecord()).toEqual({ XDP: 1 });
  });

  test('does so only if the program is the expected one', () => {
    const { load, host } = world();
    const first = only(load(DROP_ALL));
    const second = only(load(PASS_ALL));
    const link = host.attachXdp(first, 'eth0');
    expect(() => link.update(second, { expected: second })).toThrow(
      failing('EPERM', /is drop_all, not the expected pass_all/),
    );
    expect(link.info().program).toBe(first);
    link.update(second, { expected: first });
    expect(link.info().program).toBe(second);
  });

  test('takes only programs of its type, from its host', () => {
    const { load, host } = world();
    const link = host.attachXdp(only(load(DROP_ALL)), 'eth0');
    expect(() => link.update(only(load(TC_OK)))).toThrow(failing('EINVAL', /tc_ok is a sched_cls program/));
    const foreign = only(new SimulatedHost({ memoryPages: 2048 }).load(assemble(PASS_ALL)));
    expect(() => link.update(foreign)).toThrow(failing('EINVAL', /loaded by another host/));
  });

  test('leaves the hook when it is detached, once or twice, or disposed of', () => {
    const { load, host, run, delivered } = world();
    const link = host.attachXdp(only(load(DROP_ALL)), 'eth0');
    link.detach();
    link.detach();
    run([numbered(1)]);
    expect(delivered).toHaveLength(1);
    expect(() => link.update(only(load(PASS_ALL)))).toThrow(failing('ENOLINK', /detached: attach the program again/));
    expect(() => link.info()).toThrow(failing('ENOLINK', /detached/));
    {
      using _ = host.attachXdp(only(load(DROP_ALL)), 'eth0');
    }
    run([numbered(2)]);
    expect(delivered).toHaveLength(2);
  });

  test('that was detached does not take the next one with it', () => {
    const { load, host, run } = world();
    const first = host.attachXdp(only(load(PASS_ALL)), 'eth0');
    first.detach();
    host.attachXdp(only(load(DROP_ALL)), 'eth0');
    first.detach();
    run([numbered(1)]);
    expect(host.drops.toRecord()).toEqual({ XDP: 1 });
  });
});

describe('attaching', () => {
  test('refuses a device that is not there, and names those that are', () => {
    const { load, host } = world([{}, {}]);
    expect(() => host.attachXdp(only(load(DROP_ALL)), 'eth7')).toThrow(
      failing('ENODEV', /no device eth7: it has eth0, eth1/),
    );
    expect(() => host.attachTc(only(load(TC_OK)), 'lo')).toThrow(failing('ENODEV', /no device lo/));
  });

  test('refuses a program of the other hook, and one of another host', () => {
    const { load, host } = world();
    expect(() => host.attachXdp(only(load(TC_OK)), 'eth0')).toThrow(failing('EINVAL', /this hook takes xdp/));
    expect(() => host.attachTc(only(load(DROP_ALL)), 'eth0')).toThrow(failing('EINVAL', /this hook takes sched_cls/));
    const foreign = only(new SimulatedHost({ memoryPages: 2048 }).load(assemble(DROP_ALL)));
    expect(() => host.attachXdp(foreign, 'eth0')).toThrow(failing('EINVAL', /loaded by another host/));
  });

  test.each(['generic', 'offload'] as const)('refuses %s mode', (mode) => {
    const { load, host } = world();
    expect(() => host.attachXdp(only(load(DROP_ALL)), 'eth0', { mode: mode as never })).toThrow(
      failing('EOPNOTSUPP', /attach in native mode/),
    );
  });

  test('a refusal leaves the hook free', () => {
    const { load, host } = world();
    expect(() => host.attachXdp(only(load(TC_OK)), 'eth0')).toThrow(BpfError);
    expect(() => host.attachXdp(only(load(DROP_ALL)), 'eth0')).not.toThrow();
  });
});

describe('a TC link', () => {
  test('has one place in the order, which an update keeps', () => {
    const { load, host, run, delivered } = world();
    const first = host.attachTc(only(load('.program first tc\nr0 = -1\nexit')), 'eth0');
    host.attachTc(only(load(TC_OK)), 'eth0');
    first.update(only(load(TC_SHOT)));
    run([numbered(1)]);
    expect(delivered).toEqual([]);
    first.detach();
    run([numbered(2)]);
    expect(delivered).toHaveLength(1);
  });

  test('says what is where', () => {
    const { load, host, eth0 } = world();
    const program = only(load(TC_OK));
    const link = host.attachTc(program, 'eth0', { direction: 'egress' });
    expect(link.info()).toEqual({ hook: 'tc', device: eth0, direction: 'egress', program });
  });

  test('takes a program only once, also by update', () => {
    const { load, host } = world();
    const program = only(load(TC_OK));
    const link = host.attachTc(program, 'eth0');
    expect(() => host.attachTc(program, 'eth0')).toThrow(failing('EEXIST', /on the ingress of eth0 already/));
    expect(() => host.attachTc(program, 'eth0', { direction: 'egress' })).not.toThrow();
    const other = host.attachTc(only(load(TC_SHOT)), 'eth0');
    expect(() => other.update(program)).toThrow(failing('EEXIST', /already/));
    expect(() => link.update(program)).not.toThrow();
  });
});
