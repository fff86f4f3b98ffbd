export { LinearMemory, MemoryExhaustedError, type WasmMemory } from './linear-memory.ts';
