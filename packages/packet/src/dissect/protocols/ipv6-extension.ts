import {
  AuthenticationHeader,
  DestinationOptionsHeader,
  FragmentHeader,
  HopByHopHeader,
  RoutingHeader,
} from '../../headers/ipv6-extension.ts';
import { type OptionStyle, readOptions } from '../options.ts';
import { after, type Dissector, type Draft, malformed, noteShort, readHeader, type View } from '../view.ts';

/** RFC 8200 section 4.2, RFC 2675, RFC 2711, RFC 6275, RFC 6553. */
const OPTIONS: OptionStyle = {
  single: new Set([0]),
  size: (length) => length + 2,
  names: {
    0: 'pad1',
    1: 'padN',
    5: 'routerAlert',
    99: 'rpl',
    194: 'jumboPayload',
    201: 'homeAddress',
  },
};

/** Whether the header's own length fits into what is left. */
function fits(layer: Draft, view: View, size: number): boolean {
  if (view.start + size <= view.end) return true;
  noteShort(layer, view, size, 'the header');
  return false;
}

function optionsHeader(name: string, layout: typeof HopByHopHeader): Dissector {
  return {
    name,
    dissect(view) {
      const { layer, header } = readHeader(name, layout, view);
      if (!header) return { layer };
      const size = (header.headerLength + 1) * 8;
      const whole = fits(layer, view, size);
      readOptions(layer, view, view.start + size, OPTIONS);
      if (!whole) return { layer };
      return { layer, rest: after(view, size), next: { table: 'ipProtocol', key: header.nextHeader } };
    },
  };
}

export const hopByHop: Dissector = optionsHeader('hopByHop', HopByHopHeader);
export const destinationOptions: Dissector = optionsHeader('destinationOptions', DestinationOptionsHeader);

/**
 * Where the list of addresses ends or begins, and so the final destination, by routing type: types 0 and 2 end with it,
 * type 4 (RFC 8754) has it first. Undefined for other types.
 */
function finalDestination(type: number, start: number, size: number): number | undefined {
  if (size < 24) return undefined;
  if (type === 0 || type === 2) return start + size - ((size - 8) % 16) - 16;
  return type === 4 ? start + 8 : undefined;
}

export const routing: Dissector = {
  name: 'routing',
  dissect(view) {
    const { layer, header } = readHeader('routing', RoutingHeader, view);
    if (!header) return { layer };
    const size = (header.headerLength + 1) * 8;
    if (!fits(layer, view, size)) return { layer };
    layer.length = size;
    const rest = after(view, size);
    const destination =
      header.segmentsLeft > 0 ? finalDestination(header.routingType, view.start, size) : rest.ip?.destination;
    return {
      layer,
      rest: rest.ip && destination !== undefined ? { ...rest, ip: { ...rest.ip, destination } } : rest,
      next: { table: 'ipProtocol', key: header.nextHeader },
    };
  },
};

function asFragment(ip: View['ip']): Pick<View, 'ip'> {
  return ip ? { ip: { ...ip, fragment: true } } : {};
}

export const fragment: Dissector = {
  name: 'fragment',
  dissect(view) {
    const { layer, header } = readHeader('fragment', FragmentHeader, view);
    if (!header) return { layer };
    const rest = after(view, layer.length);
    if (header.fragmentOffset > 0) {
      return { layer, rest, line: { text: `fragment at ${header.fragmentOffset * 8}, protocol ${header.nextHeader}` } };
    }
    return {
      layer,
      rest: header.moreFragments ? { ...rest, partial: true, ...asFragment(rest.ip) } : rest,
      next: { table: 'ipProtocol', key: header.nextHeader },
    };
  },
};

export const authentication: Dissector = {
  name: 'authentication',
  dissect(view) {
    const { layer, header } = readHeader('authentication', AuthenticationHeader, view);
    if (!header) return { layer };
    const size = (header.payloadLength + 2) * 4;
    if (size < AuthenticationHeader.size) {
      malformed(layer, `payloadLength ${header.payloadLength} is less than the header`);
      return { layer };
    }
    if (!fits(layer, view, size)) return { layer };
    layer.length = size;
    return { layer, rest: after(view, size), next: { table: 'ipProtocol', key: header.nextHeader } };
  },
};
