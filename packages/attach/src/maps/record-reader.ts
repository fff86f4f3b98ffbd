/** Takes the records that programs have written to a ring, in the order in which they were submitted. */
export interface RecordReader extends Disposable {
  /** The records that are there now. */
  drain(): Uint8Array[];
  /** Records that were lost for want of room, where the kernel tells. */
  readonly lost: number;
}
