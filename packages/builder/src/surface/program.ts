import { isObjectName, type MapSpec, type ProgramSpec, type ProgramType } from '@hookline/bpf';
import { BuildError } from '../build-error.ts';
import { emitProgram } from '../emit/program.ts';
import { FunctionBuilder } from '../ir/function-builder.ts';
import type { Origin } from '../ir/operation.ts';
import { BuildContext, type ProgramState, runIn } from './context.ts';
import { type TcContext, tcContext, type XdpContext, xdpContext } from './hooks.ts';
import { endBody } from './outcome.ts';
import { captureOrigin } from './position.ts';
import type { Hook, Verdict } from './types.ts';

/** A program and the maps that it uses. */
export interface Built<T extends ProgramType = ProgramType> {
  readonly spec: ProgramSpec<T>;
  readonly maps: readonly MapSpec[];
}

export type TypeOfHook<H extends Hook> = H extends 'xdp' ? 'xdp' : 'sched_cls';

/**
 * A program that is not built yet. Recognise one by `kind` and `version`: two copies of this package may meet, so
 * `instanceof` would lie.
 */
export interface Program<H extends Hook = Hook> {
  readonly kind: 'program';
  readonly version: 1;
  readonly name: string;
  readonly hook: H;
  /** Runs the body, the first time; later calls give the same. `bpfObject` calls it. */
  build(): Built<TypeOfHook<H>>;
}

export interface ProgramOptions {
  /** Default: `Dual MIT/GPL`. Some helpers are for GPL-compatible programs only. */
  readonly license?: string;
}

const TYPES = { xdp: 'xdp', tc: 'sched_cls' } as const;

/** A name for a function: BTF takes letters, digits and _. */
function identifier(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_');
}

function write(name: string, hook: Hook, license: string | undefined, body: () => unknown, origin: Origin): Built {
  const program: ProgramState = { name, hook, maps: new Map(), functions: new Map() };
  const fn = new FunctionBuilder(identifier(name), 1, origin);
  const context = new BuildContext(program, fn, fn.parameters[0]);
  runIn(context, () => {
    const result = body();
    // What is wrong with the end of the body is said where the program begins.
    fn.here = origin;
    endBody(context, result);
    context.requireAllUsed();
    if (fn.current) {
      context.fail(
        'BUILD_VERDICT',
        `The program '${name}' ends without a verdict: return PASS or DROP at the end of its body.`,
      );
    }
  });
  return { spec: emitProgram(name, TYPES[hook], license, fn.finish()), maps: [...program.maps.values()] };
}

function program<H extends Hook>(hook: H, name: string, body: () => unknown, { license }: ProgramOptions): Program<H> {
  const origin = captureOrigin();
  if (!isObjectName(name)) {
    throw new BuildError(
      'BUILD_NAME',
      `'${name}' cannot be the name of a program: the kernel takes 1 to 15 letters, digits, _ or '.'.`,
      origin.position,
    );
  }
  let built: Built | undefined;
  return {
    kind: 'program',
    version: 1,
    name,
    hook,
    build() {
      built ??= write(name, hook, license, body, origin);
      return built as Built<TypeOfHook<H>>;
    },
  };
}

/** An XDP program. The body runs once, when the program first enters an object. */
export function xdp(
  name: string,
  body: (context: XdpContext) => Verdict<'xdp'>,
  options: ProgramOptions = {},
): Program<'xdp'> {
  return program('xdp', name, () => body(xdpContext), options);
}

/** A TC program (a direct-action classifier). The body runs once, when the program first enters an object. */
export function tc(
  name: string,
  body: (context: TcContext) => Verdict<'tc'>,
  options: ProgramOptions = {},
): Program<'tc'> {
  return program('tc', name, () => body(tcContext), options);
}

export function isProgram(value: unknown): value is Program {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as Partial<Program>).kind === 'program' &&
    typeof (value as Partial<Program>).build === 'function'
  );
}
