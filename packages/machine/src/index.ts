export { LinearMemory, MemoryExhaustedError } from './linear-memory.ts';
