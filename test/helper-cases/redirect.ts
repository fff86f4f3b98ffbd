import type { AnyMap, BpfMap, LoadedObject } from '@hookline/bpf';
import fc from 'fast-check';
import { between, type HelperCase, withParameters } from './parameters.ts';

const LOOPBACK = 1;

function redirecting(type: 'devmap' | 'devmap_hash'): HelperCase {
  return {
    name: `redirect_map through ${type}`,
    object: withParameters('xdp', `.map m ${type} entries 4`, 'r1 = map[m]\nr2 = r7\nr3 = r9\ncall bpf_redirect_map'),
    a: between(-1, 6),
    // The lower two bits are the verdict of a miss; then broadcast, exclude ingress, and bits that do not exist.
    c: fc.constantFrom(0n, 1n, 2n, 3n, 4n, 8n, 10n, 16n, 24n, 26n, 1n << 32n),
    prepare: (loaded: LoadedObject) => {
      const map: AnyMap | undefined = loaded.maps.m;
      (map as BpfMap).set(1, LOOPBACK);
      (map as BpfMap).set(3, LOOPBACK);
    },
  };
}

export const REDIRECT_CASES: readonly HelperCase[] = [redirecting('devmap'), redirecting('devmap_hash')];
