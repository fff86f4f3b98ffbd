import { type Command, Option } from 'commander';

/** One of several words, the first of which is the default. */
function choice(flags: string, description: string, ...words: readonly [string, ...string[]]): Option {
  return new Option(flags, description).choices(words).default(words[0]);
}

/** The options that say what becomes of packets that no wire has carried as the capture shows them. */
export function declareShape(command: Command): void {
  command
    .optionsGroup('Packets as captures have them:')
    .addOption(choice('--direction <which>', 'what to replay, where the capture knows', 'both', 'in', 'out'))
    .addOption(choice('--cut <how>', 'packets cut by the snaplen', 'pad', 'keep', 'skip'))
    .addOption(choice('--oversize <how>', 'frames above the MTU, from GSO or GRO', 'segment', 'keep', 'skip'))
    .addOption(choice('--checksums <how>', "checksums left to the sender's NIC", 'keep', 'repair'))
    .addOption(choice('--fcs <how>', 'frame check sequences in the capture', 'auto', 'strip', 'keep'))
    .option('--rewrite-mac', "write the NIC's address into every destination");
}
