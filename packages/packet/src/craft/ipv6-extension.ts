import { encode, ipv6Address, type Js } from '@hookline/layout';
import { IP_PROTOCOL } from '../headers/ip-protocol.ts';
import {
  AuthenticationHeader,
  DestinationOptionsHeader,
  FragmentHeader,
  HopByHopHeader,
  Ipv6OptionHeader,
  RoutingHeader,
} from '../headers/ipv6-extension.ts';
import { ipv6, nextHeaderOf } from './ipv6.ts';
import { CraftError, carriedBy, concat, isLayer, type Layer, type Payload, type Scope } from './layer.ts';

/** One option of a hop-by-hop or destination options header (RFC 8200 section 4.2). */
export interface Ipv6Option {
  readonly type: number;
  readonly data: Uint8Array;
}

export interface OptionsFields extends Partial<Js<typeof HopByHopHeader>> {
  /** Padded with PadN to a multiple of 8 bytes; bytes are taken as they are. */
  readonly options?: readonly Ipv6Option[] | Uint8Array;
}

function extension(
  name: string,
  protocol: number,
  payload: Payload,
  header: (inner: Uint8Array, nextHeader: number) => Uint8Array,
  scope?: (outer: Scope) => Scope,
): Layer {
  const carried = carriedBy('protocol', payload);
  return {
    kind: 'layer',
    name,
    payload: carried,
    protocol,
    ...(isLayer(carried) && carried.wishes ? { wishes: carried.wishes } : {}),
    wrap: (layer) => ipv6({}, layer),
    ...(scope ? { scope } : {}),
    assemble: (inner) => concat(header(inner, nextHeaderOf(carried)), inner),
  };
}

/** Options and padding that end at a multiple of 8 bytes, counted from two bytes before (RFC 8200 section 4.2). */
function optionBytes(options: readonly Ipv6Option[] | Uint8Array): Uint8Array {
  if (options instanceof Uint8Array) return options;
  const bytes = concat(
    ...options.flatMap(({ type, data }) => [encode(Ipv6OptionHeader, { type, length: data.length }), data]),
  );
  const missing = (8 - ((bytes.length + 2) % 8)) % 8;
  if (missing === 0) return bytes;
  const padding = new Uint8Array(missing);
  if (missing > 1) padding.set([1, missing - 2]);
  return concat(bytes, padding);
}

function optionsHeader(name: string, layout: typeof HopByHopHeader, protocol: number) {
  return (fields: OptionsFields = {}, payload: Payload = ''): Layer => {
    const { options = [], ...given } = fields;
    const bytes = optionBytes(options);
    return extension(name, protocol, payload, (_, nextHeader) => {
      const headerLength = Math.max(0, Math.ceil((bytes.length + 2) / 8) - 1);
      return concat(encode(layout, { nextHeader, headerLength, ...given }), bytes);
    });
  };
}

/** Hop-by-hop options; without options, one PadN. */
export const hopByHop: (fields?: OptionsFields, payload?: Payload) => Layer = optionsHeader(
  'hopByHop',
  HopByHopHeader,
  IP_PROTOCOL.HOP_BY_HOP,
);

/** Destination options; without options, one PadN. */
export const destinationOptions: (fields?: OptionsFields, payload?: Payload) => Layer = optionsHeader(
  'destinationOptions',
  DestinationOptionsHeader,
  IP_PROTOCOL.DESTINATION_OPTIONS,
);

/** The type of a segment routing header (RFC 8754), whose list begins with the last segment. */
const SEGMENT_ROUTING = 4;

export interface RoutingFields extends Partial<Js<typeof RoutingHeader>> {
  /** In the order of the wire. */
  readonly addresses?: readonly string[];
}

/**
 * A routing header of type 4 (segment routing, RFC 8754) unless given another; type 0 (RFC 5095 forbids it on a network)
 * and type 2 (RFC 6275) have the same shape with a reserved word. While segments are left, the payload's checksum is
 * made for the last of them, as RFC 8200 section 8.1 asks.
 */
export function routing(fields: RoutingFields = {}, payload: Payload = ''): Layer {
  const { addresses = [], ...given } = fields;
  const routingType = given.routingType ?? SEGMENT_ROUTING;
  const segmentsLeft = given.segmentsLeft ?? 0;
  const list = addresses.map((address) => encode(ipv6Address, address));
  const final = routingType === SEGMENT_ROUTING ? list[0] : list.at(-1);
  return extension(
    'routing',
    IP_PROTOCOL.ROUTING,
    payload,
    (_, nextHeader) => {
      const fixed = encode(RoutingHeader, {
        nextHeader,
        headerLength: list.length * 2,
        routingType,
        segmentsLeft,
        ...given,
      });
      const lastEntry = routingType === SEGMENT_ROUTING ? Math.max(0, list.length - 1) : 0;
      return concat(fixed, Uint8Array.of(lastEntry, 0, 0, 0), ...list);
    },
    (outer) =>
      outer.addresses && final && segmentsLeft > 0
        ? { addresses: concat(outer.addresses.subarray(0, 16), final) }
        : outer,
  );
}

/** A fragment header; the payload is what this fragment carries. Without fields an "atomic" fragment (RFC 6946). */
export function fragment(fields: Partial<Js<typeof FragmentHeader>> = {}, payload: Payload = ''): Layer {
  return extension('fragment', IP_PROTOCOL.FRAGMENT, payload, (_, nextHeader) =>
    encode(FragmentHeader, {
      nextHeader,
      reserved: 0,
      fragmentOffset: 0,
      reserved2: 0,
      moreFragments: 0,
      identification: 0,
      ...fields,
    }),
  );
}

export interface AuthenticationFields extends Partial<Js<typeof AuthenticationHeader>> {
  /** 12 zero bytes unless given (RFC 2404's length); a multiple of 4. */
  readonly integrityCheckValue?: Uint8Array;
}

/** An authentication header, for IPv6 and IPv4. */
export function authentication(fields: AuthenticationFields = {}, payload: Payload = ''): Layer {
  const { integrityCheckValue = new Uint8Array(12), ...given } = fields;
  if (integrityCheckValue.length % 4 !== 0) {
    throw new CraftError(
      `authentication: an integrity check value of ${integrityCheckValue.length} bytes: give a multiple of 4.`,
    );
  }
  return extension('authentication', IP_PROTOCOL.AUTHENTICATION, payload, (_, nextHeader) =>
    concat(
      encode(AuthenticationHeader, {
        nextHeader,
        payloadLength: (AuthenticationHeader.size + integrityCheckValue.length) / 4 - 2,
        reserved: 0,
        securityParametersIndex: 256,
        sequenceNumber: 1,
        ...given,
      }),
      integrityCheckValue,
    ),
  );
}
