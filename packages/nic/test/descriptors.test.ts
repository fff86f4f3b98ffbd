import { decode, encodeInto } from '@hookline/layout';
import { LinearMemory } from '@hookline/machine';
import { describe, expect, test } from 'vitest';
import {
  DESCRIPTOR_SIZE,
  RSS_TYPE,
  rxHash,
  rxHashType,
  rxLength,
  rxReadDescriptor,
  rxStatus,
  rxVlan,
  rxWriteBackDescriptor,
  TX_COMMAND,
  txDescriptor,
  txStatus,
  writeRxDescriptor,
  writeTxDescriptor,
} from '../src/index.ts';

describe('descriptors', () => {
  const memory = new LinearMemory(2);
  const address = memory.reserve(DESCRIPTOR_SIZE, 'a descriptor', DESCRIPTOR_SIZE);
  const at = memory.bytes.subarray(address, address + DESCRIPTOR_SIZE);

  test('are 16 bytes each, with the fields of the 82599 datasheet where it has them', () => {
    expect([rxReadDescriptor.size, rxWriteBackDescriptor.size, txDescriptor.size]).toEqual([16, 16, 16]);
    // Tables 7-15 and 7-28: bit positions / 8.
    expect(rxWriteBackDescriptor.offsets).toEqual({
      packetInfo: 0,
      headerInfo: 2,
      rssHash: 4,
      statusError: 8,
      length: 12,
      vlan: 14,
    });
    expect(txDescriptor.offsets).toMatchObject({ bufferAddress: 0, length: 8, command: 11, status: 12, vlan: 14 });
  });

  test('the read format holds an address above 2 GiB and clears the rest', () => {
    at.fill(0xff);
    writeRxDescriptor(memory.words, address, 0xfedc_b000);
    expect(decode(rxReadDescriptor, at)).toEqual({ packetAddress: 0xfedc_b000n, headerAddress: 0n });
    expect(rxStatus(memory.words, address)).toBe(0);
  });

  test('what the device wrote back is read field by field', () => {
    encodeInto(
      rxWriteBackDescriptor,
      { packetInfo: 0xabc7, headerInfo: 1, rssHash: 0xfeedbeef, statusError: 0x4000_000b, length: 1514, vlan: 0xe00a },
      at,
      0,
    );
    const { words } = memory;
    expect(rxStatus(words, address)).toBe(0x4000_000b);
    expect([rxLength(words, address), rxVlan(words, address)]).toEqual([1514, 0xe00a]);
    expect([rxHash(words, address), rxHashType(words, address)]).toEqual([0xfeedbeef, RSS_TYPE.IPV4_UDP]);
  });

  test('a transmit descriptor holds address, length, command and tag', () => {
    at.fill(0xff);
    const command = TX_COMMAND.END_OF_PACKET | TX_COMMAND.REPORT_STATUS | TX_COMMAND.VLAN_INSERT;
    writeTxDescriptor(memory.words, address, 0xfedc_b100, 60, command, 0xa00a);
    expect(decode(txDescriptor, at)).toEqual({
      bufferAddress: 0xfedc_b100n,
      length: 60,
      checksumOffset: 0,
      command: 0b0100_1001,
      status: 0,
      checksumStart: 0,
      vlan: 0xa00a,
    });
    expect(txStatus(memory.words, address)).toBe(0);
    at[12] = 1;
    expect(txStatus(memory.words, address)).toBe(1);
  });
});
