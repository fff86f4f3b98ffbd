import type {
  BpfObject,
  Device,
  Host,
  Link,
  LoadedObject,
  LoadedProgram,
  Maps,
  Programs,
  TcOptions,
  XdpOptions,
} from '@hookline/bpf';
import { findDevice, listDevices } from './links/devices.ts';
import { type Hook, KernelLink } from './links/kernel-link.ts';
import { tcxHook } from './links/tcx-hook.ts';
import { xdpHook } from './links/xdp-hook.ts';
import { loadObject } from './load-object.ts';

/**
 * The kernel that this process runs on. Everything that it loads and attaches belongs to it: disposing of it takes the
 * programs off their hooks and closes every file descriptor, and so does the end of the process.
 *
 * Loading needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON; `probeKernel` says beforehand whether it will work.
 */
export class KernelHost implements Host {
  /** What is still to be disposed of, in the order in which it was made; each leaves it when it is. */
  readonly #owned = new Set<Disposable>();

  devices(): readonly Device[] {
    return listDevices();
  }

  load<P extends Programs, M extends Maps>(object: BpfObject<P, M>): LoadedObject<P, M> {
    const loaded = loadObject(object, this.#owned);
    this.#owned.add(loaded);
    return loaded;
  }

  attachXdp(program: LoadedProgram<'xdp'>, device: Device | string, options: XdpOptions = {}): Link {
    return this.#attach(program, xdpHook(findDevice(device), options.mode ?? 'native'));
  }

  attachTc(program: LoadedProgram<'sched_cls'>, device: Device | string, options: TcOptions = {}): Link {
    return this.#attach(program, tcxHook(findDevice(device), options.direction ?? 'ingress'));
  }

  [Symbol.dispose](): void {
    // The last first: a program leaves its hook before it is closed.
    for (const owned of [...this.#owned].reverse()) owned[Symbol.dispose]();
  }

  #attach(program: LoadedProgram, hook: Hook): Link {
    const link = new KernelLink(program, hook, this.#owned);
    this.#owned.add(link);
    return link;
  }
}
