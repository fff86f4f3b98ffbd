import { BpfError } from '../bpf-error.ts';
import type { MapSpec } from '../object/map-spec.ts';
import type { AnyMap, MapOf } from './bpf-map.ts';

/**
 * The handle of a map in a loaded object, by definition: what `LoadedObject.map` does in both worlds. A definition that
 * was made anew (in another module, by another call) finds the map of its name, if it describes the same one.
 *
 * @param handles by `MapSpec.name`
 * @throws BpfError ENOENT where there is no such map, EINVAL where it is of another type or has keys or values of other
 *   sizes
 */
export function findHandle<S extends MapSpec>(handles: ReadonlyMap<string, AnyMap>, spec: S): MapOf<S> {
  const handle = handles.get(spec.name);
  if (handle === undefined) {
    throw new BpfError('ENOENT', `The object has no map '${spec.name}': add it to the object before it is loaded.`, {
      map: spec.name,
    });
  }
  if (shape(handle.spec) !== shape(spec)) {
    throw new BpfError(
      'EINVAL',
      `The map '${spec.name}' of the object is of ${shape(handle.spec)}, and was asked for as one of ${shape(spec)}: use the ` +
        'definition that was loaded.',
      { map: spec.name },
    );
  }
  return handle as MapOf<S>;
}

function shape({ type, key, value }: MapSpec): string {
  return `type ${type} with keys of ${key.size} and values of ${value.size} bytes`;
}
