import type { Device, TcDirection } from '@hookline/bpf';
import type { Hook } from './kernel-link.ts';

/** BPF_TCX_INGRESS and BPF_TCX_EGRESS of `enum bpf_attach_type` (linux/bpf.h), since Linux 6.6. */
const ATTACH_TYPES: Readonly<Record<TcDirection, number>> = { ingress: 46, egress: 47 };

/** The TC hook of a device, through TCX: before the filters of a clsact qdisc, and without one. */
export function tcxHook(device: Device, direction: TcDirection): Hook {
  return {
    attachType: ATTACH_TYPES[direction],
    flags: 0,
    device,
    name: `TC ${direction} of ${device.name}`,
    info: { hook: 'tc', direction },
    remedies: {
      EINVAL: 'TCX needs Linux 6.6 or later, built with CONFIG_NET_XGRESS: use such a kernel (uname -r).',
      EEXIST: 'this program is there already: update that link, or load the program again for a second one.',
      ENODEV: `${device.name} is gone: ask devices() again.`,
    },
  };
}
