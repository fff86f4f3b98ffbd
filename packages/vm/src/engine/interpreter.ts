import { MAX_CALL_FRAMES, STACK_SIZE } from '@hookline/bpf';
import type { Helper } from '../helpers/helper.ts';
import { divide64, divideSigned64, modulo64, moduloSigned64, multiply64, negate64, swap32 } from './arithmetic.ts';
import { atomic32, atomic64, checkAtomic, loadAcquire, storeRelease } from './atomics.ts';
import { checkRead, checkWrite } from './checks.ts';
import type { Engine } from './engine.ts';
import { budgetExhausted, pastTheEnd, tooDeep } from './fault.ts';
import { enterProgram, restoreFrame, saveFrame, tailCall } from './frames.ts';
import { loadPacket } from './legacy-loads.ts';
import type { PreparedProgram } from './prepared-program.ts';
import { STATE } from './state.ts';

/**
 * Runs a program until it exits from the frame in which it was entered; its result is in r0.
 *
 * One switch in one function, because V8 turns it into a jump table and keeps the locals in machine registers. Every
 * access is compared with the packet and the stack here, and with everything else in checks.ts. The comparisons use
 * 32 bits: an address below 2^32 plus an offset can only wrap into the lowest or highest 32 KiB, which no region
 * touches (see `addRegion` and `setPacket`); an address above 2^32 takes the slow path, which uses all 64.
 *
 * @param entry word index of the first instruction
 * @param base frames that are active already: 0 for a program, more for a callback
 * @throws BpfError PROGRAM_FAULT or PROGRAM_BUDGET
 */
export function interpret(engine: Engine, entered: PreparedProgram, entry: number, base: number): void {
  const { bytes, view } = engine.memory;
  const state = engine.state;
  let program = entered;
  let code = program.code;
  let regs = program.registers;
  let p = entry;
  let depth = base;
  let budget = state[STATE.budget] as number;
  let stack = (engine.stackTop - STACK_SIZE * (base + 1)) | 0;
  let stackLength = STACK_SIZE * (base + 1);
  let packet = state[STATE.packet] as number;
  let packet1 = state[STATE.packetLength] as number;
  // Bytes at which an access of 2, 4 and 8 bytes may begin.
  let packet2 = packet1 > 1 ? packet1 - 1 : 0;
  let packet4 = packet1 > 3 ? packet1 - 3 : 0;
  let packet8 = packet1 > 7 ? packet1 - 7 : 0;
  for (;;) {
    if (--budget < 0) throw budgetExhausted(engine, p);
    const word = code[p] as number;
    const d = word >>> 16;
    const s = code[p + 1] as number;
    const dl = regs[d] as number;
    const dh = regs[d + 1] as number;
    const sl = regs[s] as number;
    const sh = regs[s + 1] as number;
    switch (word & 0xffff) {
      case 0x0f: // add64
        {
          const low = (dl + sl) | 0;
          regs[d] = low;
          regs[d + 1] = (dh + sh + (low >>> 0 < sl >>> 0 ? 1 : 0)) | 0;
        }
        p += 4;
        break;
      case 0x1f: // sub64
        regs[d] = (dl - sl) | 0;
        regs[d + 1] = (dh - sh - (dl >>> 0 < sl >>> 0 ? 1 : 0)) | 0;
        p += 4;
        break;
      case 0x2f: // mul64
        multiply64(regs, d, s);
        p += 4;
        break;
      case 0x3f: // div64
        divide64(regs, d, s);
        p += 4;
        break;
      case 0x9f: // mod64
        modulo64(regs, d, s);
        p += 4;
        break;
      case 0x100: // sdiv64
        divideSigned64(regs, d, s);
        p += 4;
        break;
      case 0x101: // smod64
        moduloSigned64(regs, d, s);
        p += 4;
        break;
      case 0x4f: // or64
        regs[d] = dl | sl;
        regs[d + 1] = dh | sh;
        p += 4;
        break;
      case 0x5f: // and64
        regs[d] = dl & sl;
        regs[d + 1] = dh & sh;
        p += 4;
        break;
      case 0xaf: // xor64
        regs[d] = dl ^ sl;
        regs[d + 1] = dh ^ sh;
        p += 4;
        break;
      case 0xbf: // mov64
        regs[d] = sl;
        regs[d + 1] = sh;
        p += 4;
        break;
      case 0x6f: // lsh64
        {
          const n = sl & 63;
          regs[d] = n < 32 ? dl << n : 0;
          regs[d + 1] = n === 0 ? dh : n < 32 ? (dh << n) | (dl >>> (32 - n)) : dl << n;
        }
        p += 4;
        break;
      case 0x7f: // rsh64
        {
          const n = sl & 63;
          regs[d] = n === 0 ? dl : n < 32 ? (dl >>> n) | (dh << (32 - n)) : dh >>> n;
          regs[d + 1] = n < 32 ? dh >>> n : 0;
        }
        p += 4;
        break;
      case 0xcf: // arsh64
        {
          const n = sl & 63;
          regs[d] = n === 0 ? dl : n < 32 ? (dl >>> n) | (dh << (32 - n)) : dh >> n;
          regs[d + 1] = n < 32 ? dh >> n : dh >> 31;
        }
        p += 4;
        break;
      case 0x87: // neg64
        negate64(regs, d);
        p += 4;
        break;
      case 0x104: // movsx8To64
        regs[d] = (sl << 24) >> 24;
        regs[d + 1] = (sl << 24) >> 31;
        p += 4;
        break;
      case 0x105: // movsx16To64
        regs[d] = (sl << 16) >> 16;
        regs[d + 1] = (sl << 16) >> 31;
        p += 4;
        break;
      case 0x106: // movsx32To64
        regs[d] = sl;
        regs[d + 1] = sl >> 31;
        p += 4;
        break;
      case 0x0c: // add32
        regs[d] = (dl + sl) | 0;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x1c: // sub32
        regs[d] = (dl - sl) | 0;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x2c: // mul32
        regs[d] = Math.imul(dl, sl);
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x3c: // div32
        regs[d] = sl === 0 ? 0 : ((dl >>> 0) / (sl >>> 0)) | 0;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x9c: // mod32
        regs[d] = sl === 0 ? dl : ((dl >>> 0) % (sl >>> 0)) | 0;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x102: // sdiv32
        regs[d] = sl === 0 ? 0 : (dl / sl) | 0;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x103: // smod32
        regs[d] = sl === 0 ? dl : (dl % sl) | 0;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x4c: // or32
        regs[d] = dl | sl;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x5c: // and32
        regs[d] = dl & sl;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0xac: // xor32
        regs[d] = dl ^ sl;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0xbc: // mov32
        regs[d] = sl;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x6c: // lsh32
        regs[d] = dl << sl;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x7c: // rsh32
        regs[d] = dl >>> sl;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0xcc: // arsh32
        regs[d] = dl >> sl;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x84: // neg32
        regs[d] = -dl | 0;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x107: // movsx8To32
        regs[d] = (sl << 24) >> 24;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x108: // movsx16To32
        regs[d] = (sl << 16) >> 16;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x109: // swap16
        regs[d] = ((dl & 0xff) << 8) | ((dl >>> 8) & 0xff);
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x10a: // swap32
        regs[d] = swap32(dl);
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x10b: // swap64
        regs[d] = swap32(dh);
        regs[d + 1] = swap32(dl);
        p += 4;
        break;
      case 0x10c: // truncate16
        regs[d] = dl & 0xffff;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x10d: // truncate32
        regs[d] = dl;
        regs[d + 1] = 0;
        p += 4;
        break;
      case 0x10e: // nothing
        p += 4;
        break;
      case 0x18: // load a 64-bit immediate
        regs[d] = sl;
        regs[d + 1] = sh;
        p += 8;
        break;
      case 0x71: // load u8
        {
          const a = (sl + (code[p + 2] as number)) | 0;
          if (sh !== 0 || ((a - packet) >>> 0 >= packet1 >>> 0 && (a - stack) >>> 0 >= stackLength >>> 0)) {
            state[STATE.pc] = p;
            checkRead(engine, sl, sh, code[p + 2] as number, 1);
          }
          regs[d] = bytes[a >>> 0] as number;
          regs[d + 1] = 0;
        }
        p += 4;
        break;
      case 0x69: // load u16
        {
          const a = (sl + (code[p + 2] as number)) | 0;
          if (sh !== 0 || ((a - packet) >>> 0 >= packet2 >>> 0 && (a - stack) >>> 0 >= (stackLength - 1) >>> 0)) {
            state[STATE.pc] = p;
            checkRead(engine, sl, sh, code[p + 2] as number, 2);
          }
          regs[d] = view.getUint16(a >>> 0, true);
          regs[d + 1] = 0;
        }
        p += 4;
        break;
      case 0x61: // load u32
        {
          const a = (sl + (code[p + 2] as number)) | 0;
          if (sh !== 0 || ((a - packet) >>> 0 >= packet4 >>> 0 && (a - stack) >>> 0 >= (stackLength - 3) >>> 0)) {
            state[STATE.pc] = p;
            checkRead(engine, sl, sh, code[p + 2] as number, 4);
          }
          regs[d] = view.getInt32(a >>> 0, true);
          regs[d + 1] = 0;
        }
        p += 4;
        break;
      case 0x79: // load u64
        {
          const a = (sl + (code[p + 2] as number)) | 0;
          if (sh !== 0 || ((a - packet) >>> 0 >= packet8 >>> 0 && (a - stack) >>> 0 >= (stackLength - 7) >>> 0)) {
            state[STATE.pc] = p;
            checkRead(engine, sl, sh, code[p + 2] as number, 8);
          }
          regs[d] = view.getInt32(a >>> 0, true);
          regs[d + 1] = view.getInt32((a + 4) >>> 0, true);
        }
        p += 4;
        break;
      case 0x91: // load i8
        {
          const a = (sl + (code[p + 2] as number)) | 0;
          if (sh !== 0 || ((a - packet) >>> 0 >= packet1 >>> 0 && (a - stack) >>> 0 >= stackLength >>> 0)) {
            state[STATE.pc] = p;
            checkRead(engine, sl, sh, code[p + 2] as number, 1);
          }
          const value = ((bytes[a >>> 0] as number) << 24) >> 24;
          regs[d] = value;
          regs[d + 1] = value >> 31;
        }
        p += 4;
        break;
      case 0x89: // load i16
        {
          const a = (sl + (code[p + 2] as number)) | 0;
          if (sh !== 0 || ((a - packet) >>> 0 >= packet2 >>> 0 && (a - stack) >>> 0 >= (stackLength - 1) >>> 0)) {
            state[STATE.pc] = p;
            checkRead(engine, sl, sh, code[p + 2] as number, 2);
          }
          const value = view.getInt16(a >>> 0, true);
          regs[d] = value;
          regs[d + 1] = value >> 31;
        }
        p += 4;
        break;
      case 0x81: // load i32
        {
          const a = (sl + (code[p + 2] as number)) | 0;
          if (sh !== 0 || ((a - packet) >>> 0 >= packet4 >>> 0 && (a - stack) >>> 0 >= (stackLength - 3) >>> 0)) {
            state[STATE.pc] = p;
            checkRead(engine, sl, sh, code[p + 2] as number, 4);
          }
          const value = view.getInt32(a >>> 0, true);
          regs[d] = value;
          regs[d + 1] = value >> 31;
        }
        p += 4;
        break;
      case 0x73: // store u8
        {
          const a = (dl + (code[p + 2] as number)) | 0;
          if (dh !== 0 || ((a - packet) >>> 0 >= packet1 >>> 0 && (a - stack) >>> 0 >= stackLength >>> 0)) {
            state[STATE.pc] = p;
            checkWrite(engine, dl, dh, code[p + 2] as number, 1);
          }
          bytes[a >>> 0] = sl;
        }
        p += 4;
        break;
      case 0x6b: // store u16
        {
          const a = (dl + (code[p + 2] as number)) | 0;
          if (dh !== 0 || ((a - packet) >>> 0 >= packet2 >>> 0 && (a - stack) >>> 0 >= (stackLength - 1) >>> 0)) {
            state[STATE.pc] = p;
            checkWrite(engine, dl, dh, code[p + 2] as number, 2);
          }
          view.setInt16(a >>> 0, sl, true);
        }
        p += 4;
        break;
      case 0x63: // store u32
        {
          const a = (dl + (code[p + 2] as number)) | 0;
          if (dh !== 0 || ((a - packet) >>> 0 >= packet4 >>> 0 && (a - stack) >>> 0 >= (stackLength - 3) >>> 0)) {
            state[STATE.pc] = p;
            checkWrite(engine, dl, dh, code[p + 2] as number, 4);
          }
          view.setInt32(a >>> 0, sl, true);
        }
        p += 4;
        break;
      case 0x7b: // store u64
        {
          const a = (dl + (code[p + 2] as number)) | 0;
          if (dh !== 0 || ((a - packet) >>> 0 >= packet8 >>> 0 && (a - stack) >>> 0 >= (stackLength - 7) >>> 0)) {
            state[STATE.pc] = p;
            checkWrite(engine, dl, dh, code[p + 2] as number, 8);
          }
          view.setInt32(a >>> 0, sl, true);
          view.setInt32((a + 4) >>> 0, sh, true);
        }
        p += 4;
        break;
      case 0x05: // ja
        p = code[p + 2] as number;
        break;
      case 0x1d: // jeq64
        p = dl === sl && dh === sh ? (code[p + 2] as number) : p + 4;
        break;
      case 0x5d: // jne64
        p = dl !== sl || dh !== sh ? (code[p + 2] as number) : p + 4;
        break;
      case 0x4d: // jset64
        p = ((dl & sl) | (dh & sh)) !== 0 ? (code[p + 2] as number) : p + 4;
        break;
      case 0x2d: // jgt64
        p = (dh === sh ? dl >>> 0 > sl >>> 0 : dh >>> 0 > sh >>> 0) ? (code[p + 2] as number) : p + 4;
        break;
      case 0x3d: // jge64
        p = (dh === sh ? dl >>> 0 >= sl >>> 0 : dh >>> 0 > sh >>> 0) ? (code[p + 2] as number) : p + 4;
        break;
      case 0xad: // jlt64
        p = (dh === sh ? dl >>> 0 < sl >>> 0 : dh >>> 0 < sh >>> 0) ? (code[p + 2] as number) : p + 4;
        break;
      case 0xbd: // jle64
        p = (dh === sh ? dl >>> 0 <= sl >>> 0 : dh >>> 0 < sh >>> 0) ? (code[p + 2] as number) : p + 4;
        break;
      case 0x6d: // jsgt64
        p = (dh === sh ? dl >>> 0 > sl >>> 0 : dh > sh) ? (code[p + 2] as number) : p + 4;
        break;
      case 0x7d: // jsge64
        p = (dh === sh ? dl >>> 0 >= sl >>> 0 : dh > sh) ? (code[p + 2] as number) : p + 4;
        break;
      case 0xcd: // jslt64
        p = (dh === sh ? dl >>> 0 < sl >>> 0 : dh < sh) ? (code[p + 2] as number) : p + 4;
        break;
      case 0xdd: // jsle64
        p = (dh === sh ? dl >>> 0 <= sl >>> 0 : dh < sh) ? (code[p + 2] as number) : p + 4;
        break;
      case 0x1e: // jeq32
        p = dl === sl ? (code[p + 2] as number) : p + 4;
        break;
      case 0x5e: // jne32
        p = dl !== sl ? (code[p + 2] as number) : p + 4;
        break;
      case 0x4e: // jset32
        p = (dl & sl) !== 0 ? (code[p + 2] as number) : p + 4;
        break;
      case 0x2e: // jgt32
        p = dl >>> 0 > sl >>> 0 ? (code[p + 2] as number) : p + 4;
        break;
      case 0x3e: // jge32
        p = dl >>> 0 >= sl >>> 0 ? (code[p + 2] as number) : p + 4;
        break;
      case 0xae: // jlt32
        p = dl >>> 0 < sl >>> 0 ? (code[p + 2] as number) : p + 4;
        break;
      case 0xbe: // jle32
        p = dl >>> 0 <= sl >>> 0 ? (code[p + 2] as number) : p + 4;
        break;
      case 0x6e: // jsgt32
        p = dl > sl ? (code[p + 2] as number) : p + 4;
        break;
      case 0x7e: // jsge32
        p = dl >= sl ? (code[p + 2] as number) : p + 4;
        break;
      case 0xce: // jslt32
        p = dl < sl ? (code[p + 2] as number) : p + 4;
        break;
      case 0xde: // jsle32
        p = dl <= sl ? (code[p + 2] as number) : p + 4;
        break;
      case 0x111: // atomicAdd32
        {
          const a = checkAtomic(engine, p, dl, dh, 4);
          view.setInt32(a, view.getInt32(a, true) + sl, true);
        }
        p += 4;
        break;
      case 0x112: // atomicAdd64
        {
          const a = checkAtomic(engine, p, dl, dh, 8);
          const low = (view.getInt32(a, true) + sl) | 0;
          view.setInt32(a + 4, view.getInt32(a + 4, true) + sh + (low >>> 0 < sl >>> 0 ? 1 : 0), true);
          view.setInt32(a, low, true);
        }
        p += 4;
        break;
      case 0x113: // atomic32
        atomic32(engine, p, d, s);
        p += 4;
        break;
      case 0x114: // atomic64
        atomic64(engine, p, d, s);
        p += 4;
        break;
      case 0x115: // loadAcquire
        loadAcquire(engine, p, d, s);
        p += 4;
        break;
      case 0x116: // storeRelease
        storeRelease(engine, p, d, s);
        p += 4;
        break;
      case 0x8d: // call a helper
        state[STATE.pc] = p;
        state[STATE.budget] = budget;
        (program.helpers[code[p + 3] as number] as Helper)(engine);
        budget = state[STATE.budget] as number;
        packet = state[STATE.packet] as number;
        packet1 = state[STATE.packetLength] as number;
        packet2 = packet1 > 1 ? packet1 - 1 : 0;
        packet4 = packet1 > 3 ? packet1 - 3 : 0;
        packet8 = packet1 > 7 ? packet1 - 7 : 0;
        p += 4;
        break;
      case 0x10f: // callLocal
        if (depth + 1 >= MAX_CALL_FRAMES) throw tooDeep(engine, p);
        saveFrame(engine, program, p, depth);
        depth++;
        state[STATE.depth] = depth;
        stack -= STACK_SIZE;
        stackLength += STACK_SIZE;
        regs[20] = (regs[20] as number) - STACK_SIZE;
        p = code[p + 2] as number;
        break;
      case 0x95: // exit
        if (depth === base) {
          state[STATE.budget] = budget;
          return;
        }
        depth--;
        state[STATE.depth] = depth;
        stack += STACK_SIZE;
        stackLength -= STACK_SIZE;
        program = restoreFrame(engine, program, depth);
        code = program.code;
        regs = program.registers;
        p = engine.returnAddress[depth] as number;
        break;
      case 0x110: // tailCall
        {
          state[STATE.pc] = p;
          const next = tailCall(engine);
          if (next === undefined) {
            p += 4;
          } else {
            enterProgram(engine, program, next);
            program = next;
            code = next.code;
            regs = next.registers;
            p = 0;
          }
        }
        break;
      case 0x117: // loadPacket
        state[STATE.pc] = p;
        if (!loadPacket(engine, code[p + 3] as number, sl, code[p + 2] as number)) {
          // As the kernel has it, a load past the end ends the program with 0.
          regs[0] = 0;
          regs[1] = 0;
          state[STATE.budget] = budget;
          return;
        }
        p += 4;
        break;
      default:
        throw pastTheEnd(engine, p);
    }
  }
}
