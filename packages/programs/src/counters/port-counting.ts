import { type Tcp, type Udp, type Uint, when } from '@hookline/builder';
import { countPacket } from '../counts.ts';
import type { PortCounters, PortSide } from './counters-config.ts';
import type { CountersMaps } from './maps.ts';
import { singleSlot } from './slots.ts';

/** Numbers of the sides in the keys of the table. */
export const SIDE_NUMBERS: Readonly<Record<PortSide, number>> = { source: 0, destination: 1 };

/** In a program: counts the packet for its ports, as long as the table has room for new ones. */
export function countPorts(
  { sides, learn }: PortCounters,
  maps: CountersMaps,
  protocol: number,
  ports: Tcp | Udp,
  length: Uint<'u32'>,
): void {
  const { ports: table, singles } = maps;
  for (const side of sides) {
    const port = side === 'source' ? ports.sourcePort : ports.destinationPort;
    const key = { port, protocol, side: SIDE_NUMBERS[side] };
    const count = () => {
      when(table.lookup(key), (found) => {
        found.packets.add(1);
        found.bytes.add(length);
      }).otherwise(() => countPacket(singles, singleSlot('other ports'), length));
    };
    if (learn === 0) {
      count();
      continue;
    }
    when(table.lookup(key), (found) => {
      found.packets.add(1);
      found.bytes.add(length);
    }).otherwise(() => {
      // Another CPU may have been faster, or there may be no room: the second look tells.
      table.update(key, { packets: 0, bytes: 0 }, 'create');
      count();
    });
  }
}
