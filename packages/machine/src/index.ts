export { checkInteger, MachineArgumentError } from './arguments.ts';
export { LinearMemory, MemoryExhaustedError, type WasmMemory } from './linear-memory.ts';
export {
  MAX_LINEAR_FRAME,
  PACKET_BUFFER_SIZE,
  PACKET_HEADROOM,
  PACKET_TAILROOM,
  PacketBufferPool,
} from './packet-buffer-pool.ts';
export { PAGE_SIZE, PageAllocator } from './page-allocator.ts';
export { Random } from './random.ts';
export { type EventHandler, VirtualClock } from './virtual-clock.ts';
