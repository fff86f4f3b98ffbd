import { MAX_CALL_FRAMES, STACK_SIZE } from '@hookline/bpf';
import type { Helper } from '../helpers/helper.ts';
import { checkRead, checkWrite } from '../memory/checks.ts';
import { divide64, divideSigned64, modulo64, moduloSigned64, multiply64, negate64, swap32 } from './arithmetic.ts';
import { atomic32, atomic64, checkAtomic, loadAcquire, storeRelease } from './atomics.ts';
import type { Engine } from './engine.ts';
import { budgetExhausted, pastTheEnd, tooDeep } from './fault.ts';
import { restoreFrame, saveFrame, tailCall } from './frames.ts';
import { loadPacket } from './legacy-loads.ts';
import { STATE } from './state.ts';

/**
 * Runs the current program until it exits from the frame in which it was entered; its result is in r0.
 *
 * @param entry word index of the first instruction
 * @param base frames that are active already: 0 for a program, more for a callback
 * @throws BpfError PROGRAM_FAULT or PROGRAM_BUDGET
 */
export type Interpreter = (entry: number, base: number) => void;

/**
 * Makes the interpreter of an engine.
 *
 * It is one switch in one function, because V8 turns it into a jump table and keeps the locals in machine registers;
 * and a closure over one engine's arrays, because V8 compiles their addresses in as long as there is only one engine
 * in the process (measured: 100 ns instead of 190 for 28 instructions).
 *
 * Code, registers and constants are words of the linear memory, addressed by word index. An instruction is four words:
 * operation, destination, source, and an offset, a target or the like (prepare/). The operations from 0xf9 on do two
 * or three instructions at once, those of the following slots (prepare/fuse.ts).
 *
 * Every access is compared with the packet and the stack here, and with everything else in memory/checks.ts. The comparisons
 * use 32 bits: an address below 2^32 plus an offset can only wrap into the lowest or highest 32 KiB, which no region
 * touches (see `RegionTable.add` and `Engine.setPacket`); an address above 2^32 takes the slow path, which uses all 64.
 */
export function createInterpreter(engine: Engine): Interpreter {
  const { bytes, view, words } = engine.memory;
  const { state, stackTop } = engine;
  // V8 does not fold imported bindings and their properties into the code; it does so with these.
  const PC = STATE.pc;
  const BUDGET = STATE.budget;
  const DEPTH = STATE.depth;
  const PACKET = STATE.packet;
  const PACKET_LENGTH = STATE.packetLength;
  const CONTEXT = STATE.context;
  const CONTEXT_LENGTH = STATE.contextLength;

  return function interpret(entry: number, base: number): void {
    let p = entry | 0;
    let depth = base | 0;
    let budget = state[BUDGET] as number;
    let stackLength = Math.imul(STACK_SIZE, base + 1);
    let stack = (stackTop - stackLength) | 0;
    const context = state[CONTEXT] as number;
    // There may be no context at all.
    const contextWords = state[CONTEXT_LENGTH] === 0 ? 0 : engine.contextRules.leadingWords;
    let packet = state[PACKET] as number;
    // Bytes of the packet at which an access of 1, 2, 4 and 8 bytes may begin.
    let packet1 = state[PACKET_LENGTH] as number;
    let packet2 = packet1 > 1 ? (packet1 - 1) | 0 : 0;
    let packet4 = packet1 > 3 ? (packet1 - 3) | 0 : 0;
    let packet8 = packet1 > 7 ? (packet1 - 7) | 0 : 0;
    for (;;) {
      budget = (budget - 1) | 0;
      if (budget < 0) throw budgetExhausted(engine, p);
      switch (words[p]) {
        case 0x0f: // add64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const sl = words[s] as number;
            const sh = words[s + 1] as number;
            const low = (dl + sl) | 0;
            words[d] = low;
            words[d + 1] = (dh + sh + (low >>> 0 < sl >>> 0 ? 1 : 0)) | 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x1f: // sub64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const sl = words[s] as number;
            const sh = words[s + 1] as number;
            words[d] = (dl - sl) | 0;
            words[d + 1] = (dh - sh - (dl >>> 0 < sl >>> 0 ? 1 : 0)) | 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x2f: // mul64
          multiply64(words, words[p + 1] as number, words[p + 2] as number);
          p = (p + 4) | 0;
          break;
        case 0x3f: // div64
          divide64(words, words[p + 1] as number, words[p + 2] as number);
          p = (p + 4) | 0;
          break;
        case 0x9f: // mod64
          modulo64(words, words[p + 1] as number, words[p + 2] as number);
          p = (p + 4) | 0;
          break;
        case 0xe0: // sdiv64
          divideSigned64(words, words[p + 1] as number, words[p + 2] as number);
          p = (p + 4) | 0;
          break;
        case 0xe1: // smod64
          moduloSigned64(words, words[p + 1] as number, words[p + 2] as number);
          p = (p + 4) | 0;
          break;
        case 0x4f: // or64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            words[d] = (words[d] as number) | (words[s] as number);
            words[d + 1] = (words[d + 1] as number) | (words[s + 1] as number);
            p = (p + 4) | 0;
            break;
          }

        case 0x5f: // and64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            words[d] = (words[d] as number) & (words[s] as number);
            words[d + 1] = (words[d + 1] as number) & (words[s + 1] as number);
            p = (p + 4) | 0;
            break;
          }

        case 0xaf: // xor64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            words[d] = (words[d] as number) ^ (words[s] as number);
            words[d + 1] = (words[d + 1] as number) ^ (words[s + 1] as number);
            p = (p + 4) | 0;
            break;
          }

        case 0xbf: // mov64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            words[d] = words[s] as number;
            words[d + 1] = words[s + 1] as number;
            p = (p + 4) | 0;
            break;
          }

        case 0x6f: // lsh64
          {
            const d = words[p + 1] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const n = (words[words[p + 2] as number] as number) & 63;
            words[d] = n < 32 ? dl << n : 0;
            words[d + 1] = n === 0 ? dh : n < 32 ? (dh << n) | (dl >>> (32 - n)) : dl << n;
            p = (p + 4) | 0;
            break;
          }

        case 0x7f: // rsh64
          {
            const d = words[p + 1] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const n = (words[words[p + 2] as number] as number) & 63;
            words[d] = n === 0 ? dl : n < 32 ? (dl >>> n) | (dh << (32 - n)) : dh >>> n;
            words[d + 1] = n < 32 ? dh >>> n : 0;
            p = (p + 4) | 0;
            break;
          }

        case 0xcf: // arsh64
          {
            const d = words[p + 1] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const n = (words[words[p + 2] as number] as number) & 63;
            words[d] = n === 0 ? dl : n < 32 ? (dl >>> n) | (dh << (32 - n)) : dh >> n;
            words[d + 1] = n < 32 ? dh >> n : dh >> 31;
            p = (p + 4) | 0;
            break;
          }

        case 0x87: // neg64
          negate64(words, words[p + 1] as number);
          p = (p + 4) | 0;
          break;
        case 0xe4: // movsx8To64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            words[d] = (sl << 24) >> 24;
            words[d + 1] = (sl << 24) >> 31;
            p = (p + 4) | 0;
            break;
          }

        case 0xe5: // movsx16To64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            words[d] = (sl << 16) >> 16;
            words[d + 1] = (sl << 16) >> 31;
            p = (p + 4) | 0;
            break;
          }

        case 0xe6: // movsx32To64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            words[d] = sl;
            words[d + 1] = sl >> 31;
            p = (p + 4) | 0;
            break;
          }

        case 0x0c: // add32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;
            words[d] = (dl + sl) | 0;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x1c: // sub32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;
            words[d] = (dl - sl) | 0;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x2c: // mul32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;
            words[d] = Math.imul(dl, sl);
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x3c: // div32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;
            words[d] = sl === 0 ? 0 : ((dl >>> 0) / (sl >>> 0)) | 0;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x9c: // mod32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;
            words[d] = sl === 0 ? dl : ((dl >>> 0) % (sl >>> 0)) | 0;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0xe2: // sdiv32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;
            words[d] = sl === 0 ? 0 : (dl / sl) | 0;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0xe3: // smod32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;
            words[d] = sl === 0 ? dl : (dl % sl) | 0;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x4c: // or32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;
            words[d] = dl | sl;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x5c: // and32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;
            words[d] = dl & sl;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0xac: // xor32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;
            words[d] = dl ^ sl;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0xbc: // mov32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            words[d] = words[s] as number;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x6c: // lsh32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;
            words[d] = dl << sl;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x7c: // rsh32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;
            words[d] = dl >>> sl;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0xcc: // arsh32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;
            words[d] = dl >> sl;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x84: // neg32
          {
            const d = words[p + 1] as number;
            const dl = words[d] as number;
            words[d] = -dl | 0;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0xe7: // movsx8To32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            words[d] = (sl << 24) >> 24;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0xe8: // movsx16To32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            words[d] = (sl << 16) >> 16;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0xe9: // swap16
          {
            const d = words[p + 1] as number;
            const dl = words[d] as number;
            words[d] = ((dl & 0xff) << 8) | ((dl >>> 8) & 0xff);
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0xea: // swap32
          {
            const d = words[p + 1] as number;
            const dl = words[d] as number;
            words[d] = swap32(dl);
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0xeb: // swap64
          {
            const d = words[p + 1] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            words[d] = swap32(dh);
            words[d + 1] = swap32(dl);
            p = (p + 4) | 0;
            break;
          }

        case 0xec: // truncate16
          {
            const d = words[p + 1] as number;
            const dl = words[d] as number;
            words[d] = dl & 0xffff;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0xed: // truncate32
          {
            const d = words[p + 1] as number;
            const dl = words[d] as number;
            words[d] = dl;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0xee: // nothing
          p = (p + 4) | 0;
          break;
        case 0x18: // load a 64-bit immediate
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            words[d] = words[s] as number;
            words[d + 1] = words[s + 1] as number;
            p = (p + 8) | 0;
            break;
          }

        case 0x71: // load u8
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            const a = (sl + (words[p + 3] as number)) | 0;
            if (words[s + 1] !== 0 || ((a - packet) >>> 0 >= packet1 >>> 0 && (a - stack) >>> 0 >= stackLength >>> 0)) {
              state[PC] = p;
              checkRead(engine, sl, words[s + 1] as number, words[p + 3] as number, 1);
            }
            words[d] = bytes[a >>> 0] as number;
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x69: // load u16
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            const a = (sl + (words[p + 3] as number)) | 0;
            if (
              words[s + 1] !== 0 ||
              ((a - packet) >>> 0 >= packet2 >>> 0 && (a - stack) >>> 0 >= (stackLength - 1) >>> 0)
            ) {
              state[PC] = p;
              checkRead(engine, sl, words[s + 1] as number, words[p + 3] as number, 2);
            }
            words[d] = view.getUint16(a >>> 0, true);
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x61: // load u32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            const a = (sl + (words[p + 3] as number)) | 0;
            if (
              words[s + 1] !== 0 ||
              ((a - packet) >>> 0 >= packet4 >>> 0 &&
                (a - stack) >>> 0 >= (stackLength - 3) >>> 0 &&
                ((a - context) >>> 0 >= contextWords >>> 0 || (a & 3) !== 0))
            ) {
              state[PC] = p;
              checkRead(engine, sl, words[s + 1] as number, words[p + 3] as number, 4);
            }
            words[d] = view.getInt32(a >>> 0, true);
            words[d + 1] = 0;
            p = (p + 4) | 0;
            break;
          }

        case 0x79: // load u64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            const a = (sl + (words[p + 3] as number)) | 0;
            if (
              words[s + 1] !== 0 ||
              ((a - packet) >>> 0 >= packet8 >>> 0 && (a - stack) >>> 0 >= (stackLength - 7) >>> 0)
            ) {
              state[PC] = p;
              checkRead(engine, sl, words[s + 1] as number, words[p + 3] as number, 8);
            }
            words[d] = view.getInt32(a >>> 0, true);
            words[d + 1] = view.getInt32((a + 4) >>> 0, true);
            p = (p + 4) | 0;
            break;
          }

        case 0x91: // load i8
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            const a = (sl + (words[p + 3] as number)) | 0;
            if (words[s + 1] !== 0 || ((a - packet) >>> 0 >= packet1 >>> 0 && (a - stack) >>> 0 >= stackLength >>> 0)) {
              state[PC] = p;
              checkRead(engine, sl, words[s + 1] as number, words[p + 3] as number, 1);
            }
            const value = ((bytes[a >>> 0] as number) << 24) >> 24;
            words[d] = value;
            words[d + 1] = value >> 31;
            p = (p + 4) | 0;
            break;
          }

        case 0x89: // load i16
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            const a = (sl + (words[p + 3] as number)) | 0;
            if (
              words[s + 1] !== 0 ||
              ((a - packet) >>> 0 >= packet2 >>> 0 && (a - stack) >>> 0 >= (stackLength - 1) >>> 0)
            ) {
              state[PC] = p;
              checkRead(engine, sl, words[s + 1] as number, words[p + 3] as number, 2);
            }
            const value = view.getInt16(a >>> 0, true);
            words[d] = value;
            words[d + 1] = value >> 31;
            p = (p + 4) | 0;
            break;
          }

        case 0x81: // load i32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            const a = (sl + (words[p + 3] as number)) | 0;
            if (
              words[s + 1] !== 0 ||
              ((a - packet) >>> 0 >= packet4 >>> 0 && (a - stack) >>> 0 >= (stackLength - 3) >>> 0)
            ) {
              state[PC] = p;
              checkRead(engine, sl, words[s + 1] as number, words[p + 3] as number, 4);
            }
            const value = view.getInt32(a >>> 0, true);
            words[d] = value;
            words[d + 1] = value >> 31;
            p = (p + 4) | 0;
            break;
          }

        case 0x73: // store u8
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const a = (dl + (words[p + 3] as number)) | 0;
            if (words[d + 1] !== 0 || ((a - packet) >>> 0 >= packet1 >>> 0 && (a - stack) >>> 0 >= stackLength >>> 0)) {
              state[PC] = p;
              checkWrite(engine, dl, words[d + 1] as number, words[p + 3] as number, 1);
            }
            bytes[a >>> 0] = words[s] as number;
            p = (p + 4) | 0;
            break;
          }

        case 0x6b: // store u16
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const a = (dl + (words[p + 3] as number)) | 0;
            if (
              words[d + 1] !== 0 ||
              ((a - packet) >>> 0 >= packet2 >>> 0 && (a - stack) >>> 0 >= (stackLength - 1) >>> 0)
            ) {
              state[PC] = p;
              checkWrite(engine, dl, words[d + 1] as number, words[p + 3] as number, 2);
            }
            view.setInt16(a >>> 0, words[s] as number, true);
            p = (p + 4) | 0;
            break;
          }

        case 0x63: // store u32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const a = (dl + (words[p + 3] as number)) | 0;
            if (
              words[d + 1] !== 0 ||
              ((a - packet) >>> 0 >= packet4 >>> 0 && (a - stack) >>> 0 >= (stackLength - 3) >>> 0)
            ) {
              state[PC] = p;
              checkWrite(engine, dl, words[d + 1] as number, words[p + 3] as number, 4);
            }
            view.setInt32(a >>> 0, words[s] as number, true);
            p = (p + 4) | 0;
            break;
          }

        case 0x7b: // store u64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const a = (dl + (words[p + 3] as number)) | 0;
            if (
              words[d + 1] !== 0 ||
              ((a - packet) >>> 0 >= packet8 >>> 0 && (a - stack) >>> 0 >= (stackLength - 7) >>> 0)
            ) {
              state[PC] = p;
              checkWrite(engine, dl, words[d + 1] as number, words[p + 3] as number, 8);
            }
            view.setInt32(a >>> 0, words[s] as number, true);
            view.setInt32((a + 4) >>> 0, words[s + 1] as number, true);
            p = (p + 4) | 0;
            break;
          }

        case 0x05: // ja
          p = words[p + 3] as number;
          break;
        case 0x1d: // jeq64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const sl = words[s] as number;
            const sh = words[s + 1] as number;

            p = dl === sl && dh === sh ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0x5d: // jne64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const sl = words[s] as number;
            const sh = words[s + 1] as number;

            p = dl !== sl || dh !== sh ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0x4d: // jset64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const sl = words[s] as number;
            const sh = words[s + 1] as number;

            p = ((dl & sl) | (dh & sh)) !== 0 ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0x2d: // jgt64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const sl = words[s] as number;
            const sh = words[s + 1] as number;

            p = (dh === sh ? dl >>> 0 > sl >>> 0 : dh >>> 0 > sh >>> 0) ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0x3d: // jge64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const sl = words[s] as number;
            const sh = words[s + 1] as number;

            p = (dh === sh ? dl >>> 0 >= sl >>> 0 : dh >>> 0 > sh >>> 0) ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0xad: // jlt64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const sl = words[s] as number;
            const sh = words[s + 1] as number;

            p = (dh === sh ? dl >>> 0 < sl >>> 0 : dh >>> 0 < sh >>> 0) ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0xbd: // jle64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const sl = words[s] as number;
            const sh = words[s + 1] as number;

            p = (dh === sh ? dl >>> 0 <= sl >>> 0 : dh >>> 0 < sh >>> 0) ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0x6d: // jsgt64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const sl = words[s] as number;
            const sh = words[s + 1] as number;

            p = (dh === sh ? dl >>> 0 > sl >>> 0 : dh > sh) ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0x7d: // jsge64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const sl = words[s] as number;
            const sh = words[s + 1] as number;

            p = (dh === sh ? dl >>> 0 >= sl >>> 0 : dh > sh) ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0xcd: // jslt64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const sl = words[s] as number;
            const sh = words[s + 1] as number;

            p = (dh === sh ? dl >>> 0 < sl >>> 0 : dh < sh) ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0xdd: // jsle64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const dh = words[d + 1] as number;
            const sl = words[s] as number;
            const sh = words[s + 1] as number;

            p = (dh === sh ? dl >>> 0 <= sl >>> 0 : dh < sh) ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0x1e: // jeq32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;

            p = dl === sl ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0x5e: // jne32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;

            p = dl !== sl ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0x4e: // jset32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;

            p = (dl & sl) !== 0 ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0x2e: // jgt32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;

            p = dl >>> 0 > sl >>> 0 ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0x3e: // jge32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;

            p = dl >>> 0 >= sl >>> 0 ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0xae: // jlt32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;

            p = dl >>> 0 < sl >>> 0 ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0xbe: // jle32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;

            p = dl >>> 0 <= sl >>> 0 ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0x6e: // jsgt32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;

            p = dl > sl ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0x7e: // jsge32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;

            p = dl >= sl ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0xce: // jslt32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;

            p = dl < sl ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0xde: // jsle32
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const dl = words[d] as number;
            const sl = words[s] as number;

            p = dl <= sl ? (words[p + 3] as number) : (p + 4) | 0;
            break;
          }

        case 0xf9: // moveAdd64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const k = words[p + 6] as number;
            const kl = words[k] as number;
            const low = ((words[s] as number) + kl) | 0;
            words[d] = low;
            words[d + 1] = ((words[s + 1] as number) + (words[k + 1] as number) + (low >>> 0 < kl >>> 0 ? 1 : 0)) | 0;
            budget = (budget - 1) | 0;

            p = (p + 8) | 0;
            break;
          }

        case 0xfa: // moveAddJgt64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const k = words[p + 6] as number;
            const e = words[p + 10] as number;
            const kl = words[k] as number;
            const el = words[e] as number;
            const eh = words[e + 1] as number;
            const low = ((words[s] as number) + kl) | 0;
            const high = ((words[s + 1] as number) + (words[k + 1] as number) + (low >>> 0 < kl >>> 0 ? 1 : 0)) | 0;
            words[d] = low;
            words[d + 1] = high;
            budget = (budget - 2) | 0;

            p = (high === eh ? low >>> 0 > el >>> 0 : high >>> 0 > eh >>> 0) ? (words[p + 11] as number) : (p + 12) | 0;
            break;
          }

        case 0xfb: // load8Jne64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            const a = (sl + (words[p + 3] as number)) | 0;
            if (words[s + 1] !== 0 || ((a - packet) >>> 0 >= packet1 >>> 0 && (a - stack) >>> 0 >= stackLength >>> 0)) {
              state[PC] = p;
              checkRead(engine, sl, words[s + 1] as number, words[p + 3] as number, 1);
            }
            const value = bytes[a >>> 0] as number;
            words[d] = value;
            words[d + 1] = 0;
            const k = words[p + 6] as number;
            budget = (budget - 1) | 0;

            p = value !== words[k] || words[k + 1] !== 0 ? (words[p + 7] as number) : (p + 8) | 0;
            break;
          }

        case 0xfc: // load16Jne64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            const a = (sl + (words[p + 3] as number)) | 0;
            if (
              words[s + 1] !== 0 ||
              ((a - packet) >>> 0 >= packet2 >>> 0 && (a - stack) >>> 0 >= (stackLength - 1) >>> 0)
            ) {
              state[PC] = p;
              checkRead(engine, sl, words[s + 1] as number, words[p + 3] as number, 2);
            }
            const value = view.getUint16(a >>> 0, true);
            words[d] = value;
            words[d + 1] = 0;
            const k = words[p + 6] as number;
            budget = (budget - 1) | 0;

            p = value !== words[k] || words[k + 1] !== 0 ? (words[p + 7] as number) : (p + 8) | 0;
            break;
          }

        case 0xfd: // load8Jeq64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            const a = (sl + (words[p + 3] as number)) | 0;
            if (words[s + 1] !== 0 || ((a - packet) >>> 0 >= packet1 >>> 0 && (a - stack) >>> 0 >= stackLength >>> 0)) {
              state[PC] = p;
              checkRead(engine, sl, words[s + 1] as number, words[p + 3] as number, 1);
            }
            const value = bytes[a >>> 0] as number;
            words[d] = value;
            words[d + 1] = 0;
            const k = words[p + 6] as number;
            budget = (budget - 1) | 0;

            p = value === words[k] && words[k + 1] === 0 ? (words[p + 7] as number) : (p + 8) | 0;
            break;
          }

        case 0xfe: // load16Jeq64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            const a = (sl + (words[p + 3] as number)) | 0;
            if (
              words[s + 1] !== 0 ||
              ((a - packet) >>> 0 >= packet2 >>> 0 && (a - stack) >>> 0 >= (stackLength - 1) >>> 0)
            ) {
              state[PC] = p;
              checkRead(engine, sl, words[s + 1] as number, words[p + 3] as number, 2);
            }
            const value = view.getUint16(a >>> 0, true);
            words[d] = value;
            words[d + 1] = 0;
            const k = words[p + 6] as number;
            budget = (budget - 1) | 0;

            p = value === words[k] && words[k + 1] === 0 ? (words[p + 7] as number) : (p + 8) | 0;
            break;
          }

        case 0xf1: // atomicAdd32
          {
            const d = words[p + 1] as number;
            const a = checkAtomic(engine, p, words[d] as number, words[d + 1] as number, 4);
            view.setInt32(a, view.getInt32(a, true) + (words[words[p + 2] as number] as number), true);
            p = (p + 4) | 0;
            break;
          }

        case 0xf2: // atomicAdd64
          {
            const d = words[p + 1] as number;
            const s = words[p + 2] as number;
            const sl = words[s] as number;
            const a = checkAtomic(engine, p, words[d] as number, words[d + 1] as number, 8);
            const low = (view.getInt32(a, true) + sl) | 0;
            const carry = low >>> 0 < sl >>> 0 ? 1 : 0;
            view.setInt32(a + 4, view.getInt32(a + 4, true) + (words[s + 1] as number) + carry, true);
            view.setInt32(a, low, true);
            p = (p + 4) | 0;
            break;
          }

        case 0xf3: // atomic32
          atomic32(engine, p);
          p = (p + 4) | 0;
          break;
        case 0xf4: // atomic64
          atomic64(engine, p);
          p = (p + 4) | 0;
          break;
        case 0xf5: // loadAcquire
          loadAcquire(engine, p);
          p = (p + 4) | 0;
          break;
        case 0xf6: // storeRelease
          storeRelease(engine, p);
          p = (p + 4) | 0;
          break;
        case 0x8d: // call a helper
          state[PC] = p;
          state[BUDGET] = budget;
          (engine.helpers[words[p + 3] as number] as Helper)(engine);
          budget = state[BUDGET] as number;
          packet = state[PACKET] as number;
          packet1 = state[PACKET_LENGTH] as number;
          packet2 = packet1 > 1 ? (packet1 - 1) | 0 : 0;
          packet4 = packet1 > 3 ? (packet1 - 3) | 0 : 0;
          packet8 = packet1 > 7 ? (packet1 - 7) | 0 : 0;
          p = (p + 4) | 0;
          break;
        case 0xef: // callLocal
          if (depth + 1 >= MAX_CALL_FRAMES) throw tooDeep(engine, p);
          saveFrame(engine, p, depth);
          depth++;
          state[DEPTH] = depth;
          stack = (stack - STACK_SIZE) | 0;
          stackLength = (stackLength + STACK_SIZE) | 0;
          p = words[p + 3] as number;
          break;
        case 0x95: // exit
          if (depth === base) {
            state[BUDGET] = budget;
            return;
          }
          depth--;
          state[DEPTH] = depth;
          stack = (stack + STACK_SIZE) | 0;
          stackLength = (stackLength - STACK_SIZE) | 0;
          p = restoreFrame(engine, depth);
          break;
        case 0xf0: // tailCall
          state[PC] = p;
          p = tailCall(engine, p);
          break;
        case 0xf7: // loadPacket
          state[PC] = p;
          if (loadPacket(engine, p)) {
            p = (p + 4) | 0;
            break;
          }
          // Past the end of the packet it is an exit from its function.
          if (depth === base) {
            state[BUDGET] = budget;
            return;
          }
          depth--;
          state[DEPTH] = depth;
          stack = (stack + STACK_SIZE) | 0;
          stackLength = (stackLength - STACK_SIZE) | 0;
          p = restoreFrame(engine, depth);
          break;
        default:
          throw pastTheEnd(engine, p);
      }
    }
  };
}
