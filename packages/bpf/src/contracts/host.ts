import type { BpfObject, Maps, Programs } from '../object/bpf-object.ts';
import type { LoadedObject, LoadedProgram } from './loaded-object.ts';

/** A network interface. */
export interface Device {
  readonly name: string;
  readonly ifindex: number;
  /** `02:00:00:00:00:01`. */
  readonly mac: string;
  readonly mtu: number;
}

export type XdpMode = 'native' | 'generic' | 'offload';
export type TcDirection = 'ingress' | 'egress';

export interface XdpOptions {
  /** Default: native. */
  readonly mode?: XdpMode;
}

export interface TcOptions {
  /** Default: ingress. */
  readonly direction?: TcDirection;
}

export interface LinkInfo {
  readonly hook: 'xdp' | 'tc';
  readonly device: Device;
  readonly program: LoadedProgram;
  readonly mode?: XdpMode;
  readonly direction?: TcDirection;
}

/** A program on a hook. Disposing of it detaches. */
export interface Link extends Disposable {
  /**
   * Replaces the program without a moment in which there is none.
   *
   * @param options with `expected`, fails (EPERM) unless that program is the active one
   */
  update(program: LoadedProgram, options?: { readonly expected?: LoadedProgram }): void;
  /** Takes the program off the hook; does nothing the second time. */
  detach(): void;
  info(): LinkInfo;
}

/** One of the two worlds: the simulated host or the kernel that this process runs on. */
export interface Host extends Disposable {
  devices(): readonly Device[];
  load<P extends Programs, M extends Maps>(object: BpfObject<P, M>): LoadedObject<P, M>;
  /** @param device its name (`eth0`) or what `devices()` gave */
  attachXdp(program: LoadedProgram<'xdp'>, device: Device | string, options?: XdpOptions): Link;
  attachTc(program: LoadedProgram<'sched_cls'>, device: Device | string, options?: TcOptions): Link;
}
