import { checkedBy, record } from '../config/zod-schema.ts';

/** The configuration of a program that has none. */
export type NoConfig = Readonly<Record<string, never>>;

export const noConfigSchema = checkedBy<NoConfig>(record('configuration', {}).transform((): NoConfig => ({})));
