import { BpfError, MAP_TYPES, type MapSpec, mapBtf } from '@hookline/bpf';
import { loadBtf } from '../btf/load-btf.ts';
import { attributes, MAP_CREATE, MAP_ELEMENT, objectName } from '../syscall/attributes.ts';
import { bpf, COMMAND } from '../syscall/bpf-syscall.ts';
import { FileDescriptor } from '../syscall/file-descriptor.ts';
import { kernelError, type Remedies } from '../syscall/kernel-error.ts';
import { type MapShape, shapeOf } from './map-shape.ts';

export interface CreatedMap {
  readonly fd: FileDescriptor;
  readonly shape: MapShape;
}

function remedies(spec: MapSpec, shape: MapShape): Remedies {
  return {
    EINVAL:
      `type ${spec.type} with keys of ${shape.keySize} bytes, values of ${shape.valueSize}, ${shape.maxEntries} entries ` +
      `and flags ${shape.mapFlags} is not one that it knows: see map_alloc_check of the type in kernel/bpf/.`,
    E2BIG: `keys of ${shape.keySize} and values of ${shape.valueSize} bytes are too long: make them shorter.`,
  };
}

/**
 * Makes an empty map.
 *
 * @throws BpfError with the kernel's errno; MAP_TYPE_UNSUPPORTED for a map of maps
 */
export function createMap(spec: MapSpec, cpus: number): CreatedMap {
  const place = { map: spec.name };
  if (MAP_TYPES[spec.type].holds === 'map') {
    throw new BpfError(
      'MAP_TYPE_UNSUPPORTED',
      `Map '${spec.name}' is of type ${spec.type}, which cannot be attached yet: keep its entries in one map.`,
      place,
    );
  }
  const shape = shapeOf(spec, cpus);
  const types = mapBtf(spec);
  const btf = types && loadBtf(types.btf, `map '${spec.name}'`, place);
  try {
    const result = bpf(
      COMMAND.mapCreate,
      attributes(MAP_CREATE, {
        ...shape,
        mapName: objectName(spec.name),
        ...(btf && { btfFd: btf.number, btfKeyTypeId: types.keyTypeId, btfValueTypeId: types.valueTypeId }),
      }),
    );
    if (result >= 0) return { fd: new FileDescriptor(result, `map '${spec.name}'`), shape };
    throw kernelError(-result, `The kernel cannot make map '${spec.name}'`, place, remedies(spec, shape));
  } finally {
    btf?.[Symbol.dispose]();
  }
}

/** From now on user space cannot write the map. */
export function freezeMap(spec: MapSpec, fd: FileDescriptor): void {
  const result = bpf(COMMAND.mapFreeze, attributes(MAP_ELEMENT, { mapFd: fd.number }));
  if (result < 0) throw kernelError(-result, `The kernel cannot freeze map '${spec.name}'`, { map: spec.name });
}
