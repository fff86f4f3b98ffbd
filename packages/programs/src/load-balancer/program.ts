import {
  DROP,
  type Ethernet,
  type Ipv4,
  type Ipv6,
  PASS,
  repeat,
  STOP,
  type Stop,
  type Uint,
  type Verdict,
  when,
  XDP,
  type XdpPacket,
  xdp,
} from '@hookline/builder';
import { u32, u64 } from '@hookline/layout';
import { ETHER_TYPE, EthernetHeader, ICMP_TYPE, ICMPV6_TYPE, IP_PROTOCOL, TCP_FLAGS } from '@hookline/packet';
import { countPacket } from '../counts.ts';
import { type Catch, slotOfCatch } from './catches.ts';
import { chooseBackend, type ServicePlace } from './choose.ts';
import { type FlowVariables, flowVariables, KIND } from './flow.ts';
import { DONT_FRAGMENT, IPV4_FIRST, sendDirectly, sendThroughIpv4, sendThroughIpv6, transmit } from './forward.ts';
import type { LoadBalancerConfig } from './load-balancer-config.ts';
import { BACKEND_STATE, type LoadBalancerMaps } from './maps.ts';
import { answerIpv4, answerIpv6 } from './too-big.ts';
import { Ipv4View, Ipv6View, OuterIpv4, OuterIpv6, Ports, QuicShort } from './views.ts';

const { TCP, UDP } = IP_PROTOCOL;
/** The first bit of a QUIC packet: a long header (RFC 8999 section 5.1), whose connection ID may be the client's. */
const LONG_HEADER = 0x80;
/** The three highest bits of a connection ID all set: it names no server (draft-ietf-quic-load-balancers, config rotation). */
const UNROUTABLE = 0xe0;
/** The offset in IPv4's fragment field. */
const LATER_FRAGMENT = 0x1fff;
/** Under this key an address is found whatever its services are. */
const ANY_PORT = { port: 0, protocol: 0, reserved: 0 } as const;

/** All that forwarding needs to know of the packet. */
interface Arrival {
  readonly packet: XdpPacket;
  readonly ethernet: Ethernet;
  /** Bytes of the frame as it came. */
  readonly received: Uint<'u32'>;
  readonly config: LoadBalancerConfig;
  readonly maps: LoadBalancerMaps;
}

/** The load balancer. It makes room in front of packets, which only XDP can. */
export function loadBalancerProgram(config: LoadBalancerConfig, maps: LoadBalancerMaps) {
  return xdp('load_balancer', ({ packet }) => {
    const ethernet = packet.ethernet().orReturn(PASS);
    // A tag would have to move with the Ethernet header: tagged frames are for the host.
    when(ethernet.etherType.oneOf(ETHER_TYPE.IPV4, ETHER_TYPE.IPV6).not(), () => PASS);
    const received = packet.length.as(u32);
    const arrival: Arrival = { packet, ethernet, received, config, maps };
    return when(packet.ipv4(), (ip) => balanceIpv4(arrival, ip))
      .elseWhen(packet.ipv6(), (ip) => balanceIpv6(arrival, ip))
      .otherwise(() => PASS);
  });
}

/** Counts what no backend gets. */
function caught({ maps, received }: Arrival, what: Catch, verdict: Verdict<'xdp'>): Verdict<'xdp'> {
  countPacket(maps.otherCounters, slotOfCatch(what), received);
  return verdict;
}

/** Ports and protocol of TCP and UDP, and what QUIC says. Anything else leaves `protocol` 0. */
function readTransport(ip: Ipv4 | Ipv6, flow: FlowVariables): Stop {
  when(ip.tcp(), (tcp) => {
    flow.protocol.set(TCP);
    flow.clientPort.set(tcp.sourcePort);
    flow.servicePort.set(tcp.destinationPort);
    const opens = tcp.flags.hasAny(TCP_FLAGS.SYN).and(tcp.flags.hasAny(TCP_FLAGS.ACK).not());
    when(opens, () => flow.kind.set(KIND.opening));
  }).elseWhen(ip.udp(), (udp) => {
    flow.protocol.set(UDP);
    flow.clientPort.set(udp.sourcePort);
    flow.servicePort.set(udp.destinationPort);
    when(udp.payload(QuicShort), (quic) => {
      const names = quic.first.hasAny(LONG_HEADER).not().and(quic.configuration.lt(UNROUTABLE));
      when(names, () => flow.serverId.set(quic.serverId));
    });
  });
  return STOP;
}

/** Ports of the packet that an ICMP error is about: it went from the service to the client. */
function readQuoted(
  { source, destination }: { readonly source: Uint<'u16'>; readonly destination: Uint<'u16'> },
  protocol: Uint<'u8'>,
  flow: FlowVariables,
): void {
  flow.protocol.set(protocol);
  flow.servicePort.set(source);
  flow.clientPort.set(destination);
  flow.kind.set(KIND.error);
}

/** Finds the backend; where there is none the packet ends here. */
function choose(arrival: Arrival, service: ServicePlace, flow: FlowVariables, wide: boolean) {
  const { config, maps } = arrival;
  const { chosen, hash } = chooseBackend(config, maps, service, flow, wide);
  const backend = maps.backends.lookup(chosen).orReturn(() => caught(arrival, 'noBackend', DROP));
  when(backend.state.eq(BACKEND_STATE.absent), () => caught(arrival, 'noBackend', DROP));
  const counted = () => {
    countPacket(maps.serviceCounters, service.slot, arrival.received);
    countPacket(maps.backendCounters, chosen, arrival.received);
  };
  return { backend, hash, counted };
}

function balanceIpv4(arrival: Arrival, ip: Ipv4): Verdict<'xdp'> {
  const { packet, ethernet, received, config, maps } = arrival;
  const { services4 } = maps;
  const room = config.mtu - OuterIpv4.size;
  const { destination } = ip;
  when(ip.isFragment(), () => {
    const address = { ...ANY_PORT, address: destination };
    when(services4.lookup(address), () => caught(arrival, 'fragment', DROP));
    return PASS;
  });
  const view = ethernet.payload(Ipv4View).orReturn(PASS);
  const flow = flowVariables();
  flow.clientLow.set(view.source);
  repeat(1, () => {
    when(ip.icmp(), (icmp) => {
      when(icmp.type.oneOf(ICMP_TYPE.DESTINATION_UNREACHABLE, ICMP_TYPE.TIME_EXCEEDED).not(), () => STOP);
      when(icmp.payload(Ipv4View), (quoted) => {
        // Only what the service can have sent: without options, and not a later fragment.
        when(quoted.first.ne(IPV4_FIRST).or(quoted.fragment.hasAny(LATER_FRAGMENT)), () => STOP);
        when(quoted.source.ne(view.destination).or(quoted.protocol.oneOf(TCP, UDP).not()), () => STOP);
        when(quoted.payload(Ports), (ports) => {
          readQuoted(ports, quoted.protocol, flow);
          flow.clientLow.set(quoted.destination);
        });
      });
      return STOP;
    });
    return readTransport(ip, flow);
  });
  when(flow.protocol.eq(0), () => PASS);
  const key = { address: destination, port: flow.servicePort, protocol: flow.protocol, reserved: 0 };
  const service = services4.lookup(key).orReturn(PASS);
  // The host refuses a packet that is not all there, and so would a backend.
  const totalLength = view.totalLength.plus(0);
  const size = received.minus(EthernetHeader.size);
  when(size.lt(totalLength), () => PASS);

  const { backend, counted } = choose(arrival, service, flow, false);
  when(service.direct.ne(0), () => {
    counted();
    sendDirectly(ethernet, backend);
    return transmit(config, maps);
  });
  when(size.gt(room), () => {
    const answerable = view.fragment.hasAny(DONT_FRAGMENT).and(view.first.eq(IPV4_FIRST)).and(flow.kind.ne(KIND.error));
    when(answerable, () => {
      answerIpv4(packet, ethernet, received, room);
      return caught(arrival, 'tooBigAnswered', XDP.TX);
    });
    return caught(arrival, 'tooBigDropped', DROP);
  });
  counted();
  const headerSum = backend.headerSum.as(u64);
  const trafficClass = view.trafficClass.plus(0);
  sendThroughIpv4(config, packet, ethernet, backend, { totalLength, trafficClass, headerSum });
  return transmit(config, maps);
}

function balanceIpv6(arrival: Arrival, ip: Ipv6): Verdict<'xdp'> {
  const { packet, ethernet, received, config, maps } = arrival;
  const { services6 } = maps;
  const room = config.mtu - OuterIpv6.size;
  const { destination } = ip;
  when(ip.isFragment(), () => {
    const address = { ...ANY_PORT, address: destination };
    when(services6.lookup(address), () => caught(arrival, 'fragment', DROP));
    return PASS;
  });
  const view = ethernet.payload(Ipv6View).orReturn(PASS);
  const flow = flowVariables();
  flow.clientHigh.set(view.sourceHigh);
  flow.clientLow.set(view.sourceLow);
  repeat(1, () => {
    when(ip.icmp(), (icmp) => {
      const { DESTINATION_UNREACHABLE, PACKET_TOO_BIG, TIME_EXCEEDED } = ICMPV6_TYPE;
      when(icmp.type.oneOf(DESTINATION_UNREACHABLE, PACKET_TOO_BIG, TIME_EXCEEDED).not(), () => STOP);
      when(icmp.payload(Ipv6View), (quoted) => {
        const { sourceHigh, sourceLow } = quoted;
        when(sourceHigh.ne(view.destinationHigh).or(sourceLow.ne(view.destinationLow)), () => STOP);
        // Only without extension headers.
        when(quoted.nextHeader.oneOf(TCP, UDP).not(), () => STOP);
        when(quoted.payload(Ports), (ports) => {
          readQuoted(ports, quoted.nextHeader, flow);
          flow.clientHigh.set(quoted.destinationHigh);
          flow.clientLow.set(quoted.destinationLow);
        });
      });
      return STOP;
    });
    return readTransport(ip, flow);
  });
  when(flow.protocol.eq(0), () => PASS);
  const key = { address: destination, port: flow.servicePort, protocol: flow.protocol, reserved: 0 };
  const service = services6.lookup(key).orReturn(PASS);
  const payloadLength = view.payloadLength.plus(0);
  const size = received.minus(EthernetHeader.size);
  when(size.lt(payloadLength.as(u32).plus(Ipv6View.size)), () => PASS);

  const { backend, hash, counted } = choose(arrival, service, flow, true);
  when(service.direct.ne(0), () => {
    counted();
    sendDirectly(ethernet, backend);
    return transmit(config, maps);
  });
  when(size.gt(room), () => {
    when(flow.kind.ne(KIND.error), () => {
      answerIpv6(packet, ethernet, received, room);
      return caught(arrival, 'tooBigAnswered', XDP.TX);
    });
    return caught(arrival, 'tooBigDropped', DROP);
  });
  counted();
  const first = view.first.plus(0);
  sendThroughIpv6(config, packet, ethernet, backend, { payloadLength, first, label: hash.as(u32) });
  return transmit(config, maps);
}
