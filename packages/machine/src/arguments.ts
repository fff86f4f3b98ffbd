/** Thrown when a part of the machine is asked for something that makes no sense: a caller's mistake, not the user's. */
export class MachineArgumentError extends Error {
  readonly code = 'MACHINE_ARGUMENT';
}

/**
 * Refuses what is not an integer within `lowest..highest` (both allowed).
 *
 * @param what the value's name in the words of the error message ("the ring's size")
 * @throws MachineArgumentError
 */
export function checkInteger(value: number, what: string, lowest: number, highest: number): void {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return;
  throw new MachineArgumentError(`${what} is ${value}: give an integer from ${lowest} to ${highest}.`);
}
