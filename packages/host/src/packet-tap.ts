import type { SkBuff } from '@hookline/vm';
import type { SimulatedDevice } from './simulated-device.ts';

/**
 * Watches packets on their way through a host. Addresses are of the host's memory, which is the host's again afterwards;
 * the time is `host.now`.
 */
export interface PacketTap {
  /** A frame comes to a device's XDP program. */
  xdpEntry(device: SimulatedDevice, data: number, dataEnd: number): void;
  /** The program is done with it. */
  xdpExit(device: SimulatedDevice, data: number, dataEnd: number, verdict: number): void;
  /** A packet has passed a device's TC hook, with programs on it or none; a verdict of `TC_VERDICTS`. */
  tc(direction: 'ingress' | 'egress', device: SimulatedDevice, skb: SkBuff, verdict: number): void;
  /**
   * The host drops a packet, which was last on this device.
   *
   * @param reason a position in `DROP_REASONS`
   * @param skb where there is one: its VLAN tag may be out of the packet
   */
  dropped(device: SimulatedDevice, data: number, dataEnd: number, reason: number, skb?: SkBuff): void;
}
