import type { Device, XdpMode } from '@hookline/bpf';
import type { Hook } from './kernel-link.ts';

/** `enum bpf_attach_type` (linux/bpf.h). */
const BPF_XDP = 37;

/** XDP_FLAGS_* (linux/if_link.h); a link takes no others. */
const MODE_FLAGS: Readonly<Record<XdpMode, number>> = { generic: 2, native: 4, offload: 8 };

/** The XDP hook of a device. */
export function xdpHook(device: Device, mode: XdpMode): Hook {
  return {
    attachType: BPF_XDP,
    flags: MODE_FLAGS[mode],
    device,
    name: `XDP on ${device.name} (${mode})`,
    info: { hook: 'xdp', mode },
    remedies: {
      EBUSY: `another program is there: see \`ip link show ${device.name}\`, and take it off with \`ip link set dev ${device.name} xdp off\`.`,
      EEXIST: `a program is active in the other mode: see \`ip link show ${device.name}\`, and take it off first.`,
      EOPNOTSUPP: `the driver of ${device.name} has no ${mode} XDP: attach with mode 'generic'.`,
      EINVAL: `${device.name} does not take it in ${mode} mode: try mode 'generic'.`,
      ERANGE: `the MTU of ${device.name} or of its peer is too large for XDP: lower it with \`ip link set dev ${device.name} mtu 1500\`.`,
      ENOSPC: `${device.name} has too few queues for its peer: give it as many receive as the peer has transmit queues.`,
      ENODEV: `${device.name} is gone: ask devices() again.`,
    },
  };
}
