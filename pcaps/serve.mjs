// The web server of the recordings: `node serve.mjs <key> <certificate>` answers GET /<bytes> with so many bytes.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [key, cert] = process.argv.slice(2).map((path) => readFileSync(path));
createServer({ key, cert }, (request, response) => response.end(randomBytes(Number(request.url.slice(1))))).listen(
  443,
  '::',
);
