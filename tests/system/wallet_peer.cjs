// The other side of test_wallet_peer.py: npm @polkadot/keyring and @polkadot/util-crypto, asked in one JSON line each.
//   node wallet_peer.cjs NODE_MODULES
const { createRequire } = require('node:module');
const { resolve } = require('node:path');
const { createInterface } = require('node:readline');

const modules = createRequire(resolve(process.argv[2], 'x.js'));
const { Keyring } = modules('@polkadot/keyring');
const crypto = modules('@polkadot/util-crypto');
const { hexToU8a, u8aToHex } = modules('@polkadot/util');

const answers = {
  phrase: ({ entropy }) => modules('@polkadot/util-crypto/mnemonic/bip39').entropyToMnemonic(hexToU8a(entropy)),
  pair: ({ uri }) => {
    const pair = new Keyring({ type: 'sr25519' }).addFromUri(uri);
    return { address: pair.address, public_key: u8aToHex(pair.publicKey) };
  },
  sign: ({ uri, message }) => u8aToHex(new Keyring({ type: 'sr25519' }).addFromUri(uri).sign(hexToU8a(message))),
  verify: ({ address, message, signature }) => crypto.sr25519Verify(hexToU8a(message), hexToU8a(signature), crypto.decodeAddress(address)),
  encode: ({ key, prefix }) => crypto.encodeAddress(hexToU8a(key), prefix),
};

crypto.cryptoWaitReady().then(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    let answer;
    try {
      answer = { value: answers[request.ask](request) };
    } catch (problem) {
      answer = { problem: String(problem) };
    }
    console.log(JSON.stringify(answer));
  }
});
