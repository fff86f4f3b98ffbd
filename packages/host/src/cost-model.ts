/**
 * What work costs a simulated CPU, in virtual nanoseconds. The defaults are one core of the machine in "The eXpress
 * Data Path" (Høiland-Jørgensen et al., CoNEXT 2018, tables 1 and 2; 3.6 GHz Xeon, 64-byte frames), taken apart into
 * what each step adds.
 */
export interface CostModel {
  /** An interrupt until its poll begins: CPU time. */
  readonly wakeUp: number;
  /** Receiving a frame and running a program on it: all that XDP_DROP costs. */
  readonly receive: number;
  /** What XDP_PASS adds before there is an sk_buff. */
  readonly pass: number;
  /** What XDP_TX adds. */
  readonly transmit: number;
  /** What XDP_REDIRECT adds. */
  readonly redirect: number;
  /** Making an sk_buff of a passed frame and bringing it to the TC hook. */
  readonly skb: number;
  /** From the TC hook to the socket that takes it. */
  readonly deliver: number;
}

export const DEFAULT_COSTS: CostModel = {
  wakeUp: 270,
  receive: 41,
  pass: 13.3,
  transmit: 18,
  redirect: 75,
  skb: 145.7,
  deliver: 375,
};
