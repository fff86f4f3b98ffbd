import {
  DROP,
  type Hook,
  type Maybe,
  PASS,
  type Packet,
  type PacketCondition,
  type Place,
  repeat,
  STOP,
  type Stop,
  type Tcp,
  tc,
  time,
  type Uint,
  type Verdict,
  variable,
  when,
  xdp,
} from '@hookline/builder';
import { u32 } from '@hookline/layout';
import { TCP_FLAGS } from '@hookline/packet';
import { countPacket } from '../counts.ts';
import { bucketPlan, bucketWith, OUTCOME, takeTokens, tickOf } from '../token-bucket.ts';
import type { Bucket, Held, SynGuardMaps } from './maps.ts';
import { type Fate, fateSlot } from './rows.ts';
import type { SynGuardConfig } from './syn-guard-config.ts';

/** The SYN guard for both hooks, from one body. */
export function synGuardPrograms(config: SynGuardConfig, maps: SynGuardMaps) {
  return {
    synGuard: xdp('syn_guard', ({ packet }) => guard(packet, config, maps)),
    synGuardTc: tc('syn_guard_tc', ({ packet }) => guard(packet, config, maps)),
  };
}

function guard(packet: Packet, config: SynGuardConfig, maps: SynGuardMaps): Verdict<Hook> {
  const fate = variable(u32, fateSlot('other'));
  const end = (as: Fate): Stop => {
    fate.set(fateSlot(as));
    return STOP;
  };

  /** A SYN: passes while its destination is below the threshold, or if it has waited. */
  const judge = (entries: Entries): Stop => {
    const tick = tickOf(time());
    when(hasToken(config, tick, entries), () => end('within'));
    when(entries.held(), (held) => {
      // Modulo 2 to the 32, as ticks are.
      const age = tick.minus(held.tick);
      when(age.between(config.retry.from, config.retry.to), () => end('returned'));
      // What has been held for longer begins again; what comes too early goes on waiting.
      when(age.gt(config.retry.to), () => held.tick.set(tick));
      return end('held');
    });
    entries.hold(tick);
    return end('held');
  };

  repeat(1, () => {
    when(packet.ipv4(), (ip) => {
      when(ip.tcp(), (tcp) => {
        const { source, destination } = ip;
        when(isSyn(tcp), () => {
          const target = { address: destination, port: tcp.destinationPort };
          const syn = { source, destination, ...identityOf(tcp) };
          return judge({
            bucket: () => maps.targetsV4.lookup(target),
            createBucket: (tokens) => void maps.targetsV4.update(target, { tokens }, 'create'),
            held: () => maps.heldV4.lookup(syn),
            hold: (tick) => void maps.heldV4.update(syn, { tick }),
          });
        });
      });
    }).elseWhen(packet.ipv6(), (ip) => {
      when(ip.tcp(), (tcp) => {
        const { source, destination } = ip;
        when(isSyn(tcp), () => {
          const target = { address: destination, port: tcp.destinationPort };
          const syn = { source, destination, ...identityOf(tcp) };
          return judge({
            bucket: () => maps.targetsV6.lookup(target),
            createBucket: (tokens) => void maps.targetsV6.update(target, { tokens }, 'create'),
            held: () => maps.heldV6.lookup(syn),
            hold: (tick) => void maps.heldV6.update(syn, { tick }),
          });
        });
      });
    });
  });

  countPacket(maps.counters, fate, packet.length);
  return when(fate.eq(fateSlot('held')), () => DROP).otherwise(() => PASS);
}

/** What the guard knows of one SYN and of where it goes to. */
interface Entries {
  bucket(): Maybe<Place<typeof Bucket, 'shared'>>;
  createBucket(tokens: Uint<'u64'>): void;
  held(): Maybe<Place<typeof Held, 'shared'>>;
  hold(tick: Uint<'u32'>): void;
}

function isSyn(tcp: Tcp): PacketCondition {
  return tcp.flags.hasAll(TCP_FLAGS.SYN).and(tcp.flags.hasAny(TCP_FLAGS.ACK).not());
}

/** A retransmission has the same ports and the same initial sequence number (RFC 9293 section 3.8.1). */
function identityOf({ sourcePort, destinationPort, sequenceNumber }: Tcp) {
  return { sourcePort, destinationPort, sequenceNumber };
}

/** Takes a token of the destination; where CPUs wear each other out there is none. */
function hasToken({ threshold }: SynGuardConfig, tick: Uint<'u32'>, entries: Entries): PacketCondition {
  const plan = bucketPlan(threshold.perSecond, threshold.burst);
  const outcome = variable(u32, OUTCOME.CONTENDED);
  const take = ({ tokens }: Place<typeof Bucket, 'shared'>) => {
    outcome.set(takeTokens(tokens, tick, plan.unit, plan));
  };
  when(entries.bucket(), take).otherwise(() => {
    // Another CPU may have been faster: its bucket stays.
    entries.createBucket(bucketWith(tick, plan.capacity));
    when(entries.bucket(), take);
  });
  return outcome.eq(OUTCOME.TAKEN);
}
