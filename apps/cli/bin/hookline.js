#!/usr/bin/env node
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`hookline needs Node 22.18 or newer; this is ${process.version}.`);
  process.exit(2);
}
module.enableCompileCache();
const { main } = await import('hookline/main');
process.exitCode = await main(process.argv.slice(2));
