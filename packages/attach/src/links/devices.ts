import { readdirSync, readFileSync } from 'node:fs';
import { BpfError, type Device } from '@hookline/bpf';

const FOLDER = '/sys/class/net';

function attribute(name: string, attribute: string): string {
  return readFileSync(`${FOLDER}/${name}/${attribute}`, 'utf8').trim();
}

/** A device by its folder in sysfs (Documentation/ABI/testing/sysfs-class-net), undefined where it is none or gone. */
function deviceIn(name: string): Device | undefined {
  try {
    return {
      name,
      ifindex: Number(attribute(name, 'ifindex')),
      mac: attribute(name, 'address'),
      mtu: Number(attribute(name, 'mtu')),
    };
  } catch {
    // A device can go at any time, and /sys/class/net also holds files like bonding_masters.
    return undefined;
  }
}

/** The network interfaces of the namespace that /sys was mounted in, by ifindex. */
export function listDevices(): readonly Device[] {
  return readdirSync(FOLDER)
    .map(deviceIn)
    .filter((device) => device !== undefined)
    .toSorted((a, b) => a.ifindex - b.ifindex);
}

/**
 * The device as it is now.
 *
 * @throws BpfError ENODEV with the names that there are
 */
export function findDevice(device: Device | string): Device {
  const name = typeof device === 'string' ? device : device.name;
  const devices = listDevices();
  const found = devices.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  throw new BpfError(
    'ENODEV',
    `There is no network interface '${name}': name one of ${devices.map((candidate) => candidate.name).join(', ')}.`,
  );
}
