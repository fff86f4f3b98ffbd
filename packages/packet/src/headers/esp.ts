import { be32, struct } from '@hookline/layout';

/** What is readable of an encapsulating security payload (RFC 4303 section 2), 8 bytes; the rest is encrypted. */
export const EspHeader = struct('esp', { securityParametersIndex: be32, sequenceNumber: be32 }, { packed: true });
