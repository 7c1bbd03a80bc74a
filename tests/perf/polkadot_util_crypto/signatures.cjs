// Signatures with npm @polkadot/util-crypto (plain JavaScript since version 14) or @polkadot/wasm-crypto (Rust's
// schnorrkel in WebAssembly).
//
//   node signatures.cjs NODE_MODULES util-crypto|wasm-crypto
//
// Answers "verify COUNT ACCOUNT MESSAGE SIGNATURE" (hexadecimal, without 0x) with "WALL_NS VALID" after verifying COUNT
// times, and "sign COUNT SEED MESSAGE" with "WALL_NS SIGNATURE" of the last one.
const { createRequire } = require('node:module');
const { resolve } = require('node:path');
const { createInterface } = require('node:readline');

const modules = createRequire(resolve(process.argv[2], 'x.js'));
function utilCrypto() {
  const { cryptoWaitReady, sr25519PairFromSeed, sr25519Sign, sr25519Verify } = modules('@polkadot/util-crypto');
  return { ready: cryptoWaitReady, pair: sr25519PairFromSeed, sign: sr25519Sign, verify: sr25519Verify };
}
function wasmCrypto() {
  const wasm = modules('@polkadot/wasm-crypto');
  return {
    ready: wasm.waitReady,
    pair: (seed) => {
      const bytes = wasm.sr25519KeypairFromSeed(seed);
      return { secretKey: bytes.slice(0, 64), publicKey: bytes.slice(64) };
    },
    sign: (message, pair) => wasm.sr25519Sign(pair.publicKey, pair.secretKey, message),
    verify: (message, signature, account) => wasm.sr25519Verify(signature, message, account),
  };
}
const library = process.argv[3] === 'wasm-crypto' ? wasmCrypto() : utilCrypto();
const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));

const tasks = {
  verify(count, account, message, signature) {
    let valid = true;
    for (let i = 0; i < count; ++i) valid = library.verify(message, signature, account) && valid;
    return valid ? 1 : 0;
  },
  sign(count, seed, message) {
    const pair = library.pair(seed);
    let signature;
    for (let i = 0; i < count; ++i) signature = library.sign(message, pair);
    return Buffer.from(signature).toString('hex');
  },
};

library.ready().then(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, count, ...rest] = line.split(' ');
    const values = rest.map(bytes);
    const start = process.hrtime.bigint();
    const result = tasks[word](Number(count), ...values);
    console.log(`${process.hrtime.bigint() - start} ${result}`);
  }
});
