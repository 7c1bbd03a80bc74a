// Signatures in JavaScript with npm @polkadot/util-crypto (its WebAssembly, ready beforehand).
//
//   node signatures.cjs NODE_MODULES
//
// Answers "verify COUNT ACCOUNT MESSAGE SIGNATURE" (hexadecimal, without 0x) with "WALL_NS VALID" after verifying COUNT
// times, and "sign COUNT SEED MESSAGE" with "WALL_NS SIGNATURE" of the last one.
const { createRequire } = require('node:module');
const { resolve } = require('node:path');
const { createInterface } = require('node:readline');

const { cryptoWaitReady, sr25519PairFromSeed, sr25519Sign, sr25519Verify } =
  createRequire(resolve(process.argv[2], 'x.js'))('@polkadot/util-crypto');
const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));

const tasks = {
  verify(count, account, message, signature) {
    let valid = true;
    for (let i = 0; i < count; ++i) valid = sr25519Verify(message, signature, account) && valid;
    return valid ? 1 : 0;
  },
  sign(count, seed, message) {
    const pair = sr25519PairFromSeed(seed);
    let signature;
    for (let i = 0; i < count; ++i) signature = sr25519Sign(message, pair);
    return Buffer.from(signature).toString('hex');
  },
};

cryptoWaitReady().then(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, count, ...rest] = line.split(' ');
    const values = rest.map(bytes);
    const start = process.hrtime.bigint();
    const result = tasks[word](Number(count), ...values);
    console.log(`${process.hrtime.bigint() - start} ${result}`);
  }
});
