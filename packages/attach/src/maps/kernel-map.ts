import { BpfError, ERRNO, type MapSpec, type RawMap } from '@hookline/bpf';
import { MAP_ELEMENT } from '../syscall/attributes.ts';
import { bpf, COMMAND, type Command, pointerTo } from '../syscall/bpf-syscall.ts';
import { missingCapabilities, permissionRemedy } from '../syscall/capabilities.ts';
import type { FileDescriptor } from '../syscall/file-descriptor.ts';
import { kernelError, type Remedies } from '../syscall/kernel-error.ts';
import { lookupSize, type MapShape } from './map-shape.ts';
import type { RecordReader } from './record-reader.ts';

const NO_BYTES = new Uint8Array(0);
const OFFSET = MAP_ELEMENT.offsets;

/** A map of the kernel through bpf(2). */
export class KernelMap implements RawMap, Disposable {
  readonly spec: MapSpec;
  readonly #fd: FileDescriptor;
  readonly #shape: MapShape;
  readonly #lookupSize: number;
  #reader: RecordReader | undefined;
  // One attribute block for all calls: a control plane that fills a map makes many.
  readonly #block = new Uint8Array(MAP_ELEMENT.size);
  readonly #view = new DataView(this.#block.buffer);

  constructor(spec: MapSpec, fd: FileDescriptor, options: { readonly shape: MapShape; readonly cpus: number }) {
    this.spec = spec;
    this.#fd = fd;
    this.#shape = options.shape;
    this.#lookupSize = lookupSize(spec, options.cpus);
  }

  get maxEntries(): number {
    return this.#shape.maxEntries;
  }

  /** The file descriptor; this map goes on owning it. */
  get fd(): number {
    return this.#fd.number;
  }

  lookup(key: Uint8Array): Uint8Array | undefined {
    const value = new Uint8Array(this.#lookupSize);
    return this.#call(COMMAND.mapLookup, key, value, 0, 'read', ERRNO.ENOENT) === 0 ? value : undefined;
  }

  update(key: Uint8Array, value: Uint8Array, flags: number): void {
    this.#requireSize(value, this.#lookupSize, 'value');
    this.#call(COMMAND.mapUpdate, key, value, flags, 'set');
  }

  delete(key: Uint8Array): boolean {
    return this.#call(COMMAND.mapDelete, key, NO_BYTES, 0, 'delete', ERRNO.ENOENT) === 0;
  }

  nextKey(key: Uint8Array | undefined): Uint8Array | undefined {
    const next = new Uint8Array(this.#shape.keySize);
    return this.#call(COMMAND.mapNextKey, key ?? NO_BYTES, next, 0, 'iterate', ERRNO.ENOENT, true) === 0
      ? next
      : undefined;
  }

  push(value: Uint8Array, flags: number): void {
    this.update(NO_BYTES, value, flags);
  }

  pop(): Uint8Array | undefined {
    const value = new Uint8Array(this.#lookupSize);
    return this.#call(COMMAND.mapLookupAndDelete, NO_BYTES, value, 0, 'pop', ERRNO.ENOENT) === 0 ? value : undefined;
  }

  peek(): Uint8Array | undefined {
    return this.lookup(NO_BYTES);
  }

  drain(): Uint8Array[] {
    return this.#records().drain();
  }

  get lost(): number {
    return this.#reader?.lost ?? 0;
  }

  /** Reads records with `reader` from now on, and owns it. */
  listen(reader: RecordReader): void {
    this.#reader = reader;
  }

  [Symbol.dispose](): void {
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
    this.#fd[Symbol.dispose]();
  }

  #records(): RecordReader {
    this.#fd.requireOpen();
    if (this.#reader !== undefined) return this.#reader;
    throw new BpfError('EINVAL', `Map '${this.spec.name}' is of type ${this.spec.type}: only rings can be drained.`, {
      map: this.spec.name,
    });
  }

  #requireSize(bytes: Uint8Array, size: number, what: string): void {
    if (bytes.length === size) return;
    throw new BpfError(
      'EINVAL',
      `Map '${this.spec.name}': a ${what} has ${size} bytes, this one ${bytes.length}: encode it with the map's layout.`,
      { map: this.spec.name },
    );
  }

  /** @returns 0, or -1 where the kernel answered with the errno that is an answer and no error */
  #call(
    command: Command,
    key: Uint8Array,
    value: Uint8Array,
    flags: number,
    verb: string,
    answer = 0,
    first = false,
  ): 0 | -1 {
    if (!(first && key.length === 0)) this.#requireSize(key, this.#shape.keySize, 'key');
    const view = this.#view;
    view.setUint32(OFFSET.mapFd, this.#fd.number, true);
    view.setBigUint64(OFFSET.key, pointerTo(key), true);
    view.setBigUint64(OFFSET.value, pointerTo(value), true);
    view.setBigUint64(OFFSET.flags, BigInt(flags), true);
    const result = bpf(command, this.#block);
    if (result >= 0) return 0;
    if (-result === answer) return -1;
    const what = `The kernel does not ${verb} ${verb === 'iterate' ? '' : 'an entry of '}map '${this.spec.name}'`;
    throw kernelError(-result, what, { map: this.spec.name }, this.#remedies());
  }

  #remedies(): Remedies {
    const { maxEntries } = this.#shape;
    return {
      E2BIG: `it has room for ${maxEntries} entries: stay below index ${maxEntries}, delete some, or raise maxEntries.`,
      EEXIST: "the key exists: set it with mode 'any' or 'replace'.",
      ENOENT: "the key does not exist: set it with mode 'any' or 'create'.",
      EPERM: () => {
        const missing = missingCapabilities();
        return missing.length === 0 && this.spec.frozen
          ? 'it is frozen: load the object with other contents.'
          : permissionRemedy(missing);
      },
      EINVAL: `type ${this.spec.type} does not allow it, or not with these flags or this key: see its type in kernel/bpf/.`,
      EOPNOTSUPP: `type ${this.spec.type} has no such operation.`,
      ENOTSUPP: `type ${this.spec.type} has no such operation.`,
      EBUSY: 'another CPU holds the bucket: try again.',
    };
  }
}
