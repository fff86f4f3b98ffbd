import type { VmMap } from './maps/vm-map.ts';

/**
 * Where the last run on a CPU wants its packet to go, as the kernel's `bpf_redirect_info` keeps it (linux/filter.h).
 * One record for each CPU, overwritten by every run; it only counts when the verdict was a redirect.
 */
export interface RedirectTarget {
  /** `ifindex` after bpf_redirect, `map` after bpf_redirect_map. */
  kind: 'none' | 'ifindex' | 'map';
  /** The devmap that was named. */
  map: VmMap | undefined;
  /** Its key. */
  key: number;
  /** Target of `ifindex`. */
  ifindex: number;
  /** BPF_F_INGRESS (TC), BPF_F_BROADCAST 8, BPF_F_EXCLUDE_INGRESS 16. */
  flags: number;
}
