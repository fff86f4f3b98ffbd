// Asks the resolver named on the command line the questions of dns.pcap; prints nothing, fails on an unexpected answer.
import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';

const resolver = new Resolver({ timeout: 1000, tries: 1 });
resolver.setServers([process.argv[2]]);

assert.deepEqual(await resolver.resolve4('www.example.com'), ['192.0.2.10']);
assert.deepEqual(await resolver.resolve6('www.example.com'), ['2001:db8:0:1::10']);
assert.equal((await resolver.resolveMx('example.com'))[0]?.exchange, 'mail.example.com');
assert.deepEqual(await resolver.resolveCname('shop.example.com'), ['www.example.com']);
assert.deepEqual(await resolver.resolveNs('example.com').catch((error) => error.code), 'ENODATA');
await assert.rejects(resolver.resolve4('nowhere.example.com'), { code: 'ENOTFOUND' });
// Larger than a UDP answer may be: comes back truncated and is asked again over TCP.
assert.equal((await resolver.resolveTxt('large.example.com'))[0]?.join('').length, 1600);
