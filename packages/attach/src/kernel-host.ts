import {
  BpfError,
  type BpfObject,
  type Device,
  type Host,
  type Link,
  type LoadedObject,
  type LoadedProgram,
  type Maps,
  type Programs,
  type TcOptions,
  type XdpOptions,
} from '@hookline/bpf';
import { findDevice, listDevices } from './links/devices.ts';
import { type Hook, KernelLink } from './links/kernel-link.ts';
import { tcxHook } from './links/tcx-hook.ts';
import { xdpHook } from './links/xdp-hook.ts';
import { loadObject } from './load-object.ts';

/**
 * The kernel that this process runs on. Everything that it loads and attaches belongs to it: disposing of it takes the
 * programs off their hooks and closes every file descriptor, and so does the end of the process. It is of no use then.
 *
 * Loading needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON; `probeKernel` says beforehand whether it will work.
 */
export class KernelHost implements Host {
  /** What is still to be disposed of, in the order in which it was made; each leaves it when it is. */
  readonly #owned = new Set<Disposable>();
  #disposed = false;

  devices(): readonly Device[] {
    return listDevices();
  }

  load<P extends Programs, M extends Maps>(object: BpfObject<P, M>): LoadedObject<P, M> {
    this.#requireUse();
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
    this.#disposed = true;
    // The last first: a program leaves its hook before it is closed.
    for (const owned of [...this.#owned].reverse()) owned[Symbol.dispose]();
  }

  #requireUse(): void {
    if (this.#disposed) throw new BpfError('EBADF', 'The host was disposed of: make a new one.');
  }

  #attach(program: LoadedProgram, hook: Hook): Link {
    this.#requireUse();
    const link = new KernelLink(program, hook, this.#owned);
    this.#owned.add(link);
    return link;
  }
}
