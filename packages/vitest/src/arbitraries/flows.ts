import { craft, ethernet, type TcpFlag, tcp, udp } from '@hookline/packet';
import fc from 'fast-check';
import { arbitraryEnds, arbitraryPort, between, type Ends, type TrafficOptions } from './endpoints.ts';

/** A conversation of two ends: its frames in order. */
export interface Flow {
  readonly protocol: 'tcp' | 'udp';
  readonly client: string;
  readonly server: string;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly frames: readonly FlowFrame[];
}

export interface FlowFrame {
  readonly bytes: Uint8Array;
  readonly fromClient: boolean;
}

interface Message {
  readonly fromClient: boolean;
  readonly data: Uint8Array;
}

interface Plan {
  readonly ends: Ends;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly messages: readonly Message[];
  readonly initial: readonly [client: number, server: number];
}

const HOPS = 64;
const SHORTEST = 60;
const CLIENT_MAC = '02:00:00:00:00:01';
const SERVER_MAC = '02:00:00:00:00:02';

/**
 * Whole conversations: TCP from SYN to the last ACK (RFC 9293 section 3.5 and 3.6), each segment acknowledging what came
 * before, and UDP datagrams both ways.
 */
export function flows(options: TrafficOptions = {}): fc.Arbitrary<Flow> {
  const sequence = fc.integer({ min: 0, max: 0xffff_ffff });
  const plan: fc.Arbitrary<Plan> = fc.record({
    ends: arbitraryEnds(options),
    clientPort: fc.integer({ min: 49_152, max: 0xffff }),
    serverPort: arbitraryPort(options),
    messages: fc.array(fc.record({ fromClient: fc.boolean(), data: fc.uint8Array({ minLength: 1, maxLength: 48 }) }), {
      minLength: 1,
      maxLength: 8,
    }),
    initial: fc.tuple(sequence, sequence),
  });
  return fc.tuple(fc.constantFrom('tcp' as const, 'udp' as const), plan).map(([protocol, one]) => ({
    protocol,
    client: one.ends.source,
    server: one.ends.destination,
    clientPort: one.clientPort,
    serverPort: one.serverPort,
    frames: protocol === 'tcp' ? conversation(one) : one.messages.map((message) => datagram(one, message)),
  }));
}

function datagram(plan: Plan, { fromClient, data }: Message): FlowFrame {
  return frameOf(plan, fromClient, (ports) => udp(ports, data));
}

/** Handshake, messages, and the end that the client begins. */
function conversation(plan: Plan): FlowFrame[] {
  const next: [client: number, server: number] = [...plan.initial];
  const frames: FlowFrame[] = [];
  const send = (fromClient: boolean, flags: readonly TcpFlag[], data: Uint8Array = new Uint8Array()): void => {
    const [own, other] = fromClient ? [0, 1] : [1, 0];
    const numbers = {
      sequenceNumber: next[own] as number,
      acknowledgmentNumber: flags.includes('ACK') ? (next[other] as number) : 0,
    };
    frames.push(frameOf(plan, fromClient, (ports) => tcp({ ...ports, ...numbers, flags }, data)));
    // SYN and FIN take a sequence number each.
    const taken = data.length + (flags.includes('SYN') || flags.includes('FIN') ? 1 : 0);
    next[own] = ((next[own] as number) + taken) >>> 0;
  };
  send(true, ['SYN']);
  send(false, ['SYN', 'ACK']);
  send(true, ['ACK']);
  for (const { fromClient, data } of plan.messages) send(fromClient, ['ACK', 'PSH'], data);
  send(true, ['ACK', 'FIN']);
  send(false, ['ACK', 'FIN']);
  send(true, ['ACK']);
  return frames;
}

interface Ports {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

function frameOf(plan: Plan, fromClient: boolean, transport: (ports: Ports) => ReturnType<typeof tcp>): FlowFrame {
  const { ends, clientPort, serverPort } = plan;
  const [sourcePort, destinationPort] = fromClient ? [clientPort, serverPort] : [serverPort, clientPort];
  const [source, destination] = fromClient ? [CLIENT_MAC, SERVER_MAC] : [SERVER_MAC, CLIENT_MAC];
  const path = fromClient ? ends : { ...ends, source: ends.destination, destination: ends.source };
  const packet = between(path, HOPS, transport({ sourcePort, destinationPort }));
  return { bytes: craft(ethernet({ source, destination }, packet), { minimumLength: SHORTEST }), fromClient };
}
