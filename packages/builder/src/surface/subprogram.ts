import type { Scalar, Width } from '@hookline/layout';
import { BuildError } from '../build-error.ts';
import { FunctionBuilder } from '../ir/function-builder.ts';
import type { IrFunction } from '../ir/operation.ts';
import { BuildContext, enter, runIn } from './context.ts';
import { type AnyOperand, given, INTEGER_TYPES, read } from './integer.ts';
import { captureOrigin } from './position.ts';
import type { Operand, Uint } from './types.ts';

type Parameters = Readonly<Record<string, Scalar<Width>>>;

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** r1 to r5. */
const MOST_PARAMETERS = 5;

/**
 * A real BPF function, written once a program and called rather than inlined; plain JavaScript functions inline. It sees
 * neither the packet nor the caller's values: give it numbers. It may use maps, and call other subprograms.
 *
 * @param name a C identifier
 */
export function subprogram<const A extends Parameters, W extends Width>(
  name: string,
  signature: { readonly args: A; readonly returns: Scalar<W> },
  body: (args: { readonly [K in keyof A]: Uint<A[K]['width']> }) => Operand<NoInfer<W>>,
): (args: { readonly [K in keyof A]: Operand<A[K]['width']> }) => Uint<W> {
  const origin = captureOrigin();
  const names = Object.keys(signature.args);
  const refuse = (problem: string): never => {
    throw new BuildError('BUILD_NAME', problem, origin.position);
  };
  if (!IDENTIFIER.test(name)) refuse(`'${name}' cannot be the name of a function: use letters, digits and _.`);
  if (names.length > MOST_PARAMETERS) {
    refuse(`${name} takes ${names.length} arguments, and BPF passes ${MOST_PARAMETERS}: put some into a map.`);
  }
  const key = { name };
  const typeOf = (parameter: string) => signature.args[parameter]?.width ?? 'u64';

  const write = (caller: BuildContext): IrFunction => {
    const { program } = caller;
    if ([...program.functions.values()].some((one) => one?.name === name)) {
      caller.fail('BUILD_NAME', `Two subprograms are called '${name}': rename one of them.`);
    }
    program.functions.set(key, undefined);
    const fn = new FunctionBuilder(name, names.length, origin);
    const context = new BuildContext(program, fn, undefined);
    runIn(context, () => {
      const args = names.map((parameter, i) => {
        const value = fn.parameters[i] ?? fn.register();
        return [parameter, given(context, value, typeOf(parameter))] as const;
      });
      const result = body(Object.fromEntries(args) as never) as AnyOperand;
      fn.here = origin;
      if (!fn.current) context.fail('BUILD_VERDICT', `${name} has ended before its value: return a number at its end.`);
      const source = read(context, result, INTEGER_TYPES[signature.returns.width]);
      context.requireAllUsed();
      fn.return(source);
    });
    const written = fn.finish();
    program.functions.set(key, written);
    return written;
  };

  return (values) => {
    const context = enter();
    const { functions } = context.program;
    if (functions.has(key) && !functions.get(key)) {
      context.fail('BUILD_CONTROL', `${name} calls itself, which BPF cannot: use repeat.`);
    }
    const parameters = names.map((parameter) => {
      const argument = (values as Readonly<Record<string, AnyOperand>>)[parameter];
      if (argument === undefined) return context.fail('BUILD_VALUE', `${name} needs the argument '${parameter}'.`);
      return read(context, argument, INTEGER_TYPES[typeOf(parameter)]);
    });
    const callee = functions.get(key) ?? write(context);
    const to = context.fn.register();
    context.fn.emit({ op: 'call', callee, parameters, to });
    return given(context, to, signature.returns.width) as Uint<W>;
  };
}
