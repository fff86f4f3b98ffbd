import type { Position } from './isa/instruction.ts';

/** Where in a program something went wrong. */
export interface BpfPlace {
  readonly program?: string;
  /** Slot of the instruction. */
  readonly instruction?: number;
  readonly position?: Position;
  readonly map?: string;
}

/**
 * What goes wrong with programs and maps, in either world. `code` is the kernel's errno name where the kernel has an
 * answer (`E2BIG`, `ENOENT`), otherwise a name of this project (`PROGRAM_FAULT`). The message ends in the remedy.
 */
export class BpfError extends Error {
  readonly code: string;
  readonly place: BpfPlace;

  constructor(code: string, message: string, place: BpfPlace = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BpfError';
    this.code = code;
    this.place = place;
  }
}
