// An unmodified @polkadot/api against our node: connects, transfers, registers, commits, sets weights, queries, subscribes.
// Usage: node tests/system/polkadot.mjs ws://127.0.0.1:PORT. Expects the genesis of test_ledger.py.
// Prints one JSON document with what it saw; any failure is told on stderr and exits 1.
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const require = createRequire(path.join(root, ".deps/node/package.json"));
const { ApiPromise, WsProvider, Keyring } = require("@polkadot/api");
const { cryptoWaitReady } = require("@polkadot/util-crypto");

const NETUID = 1;
const seen = {};

function fail(what) {
  console.error(`polkadot.mjs: ${what}`);
  process.exit(1);
}
setTimeout(() => fail(`took too long; so far: ${JSON.stringify(seen)}`), 90_000).unref();

/// Sends and waits until a finalised block holds it; the name of its module error, or "".
function finalized(api, call, signer) {
  return new Promise((resolve, reject) => {
    call.signAndSend(signer, ({ status, dispatchError, events }) => {
      if (status.isInvalid || status.isDropped || status.isUsurped) reject(new Error(`extrinsic ${status.type}`));
      if (!status.isFinalized) return;
      let error = "";
      if (dispatchError?.isModule) {
        const { section, name } = api.registry.findMetaError(dispatchError.asModule);
        error = `${section}.${name}`;
      } else if (dispatchError) {
        error = dispatchError.type;
      }
      resolve({ error, block: status.asFinalized.toHex(), events: events.map(({ event }) => `${event.section}.${event.method}`) });
    }).catch(reject);
  });
}

async function main(url) {
  await cryptoWaitReady();
  const keyring = new Keyring({ type: "sr25519" });
  const alice = keyring.addFromUri("//Alice"), bob = keyring.addFromUri("//Bob"), hot = keyring.addFromUri("//Bob//hot");
  const api = await ApiPromise.create({ provider: new WsProvider(url, 500), noInitWarn: true });
  seen.chain = (await api.rpc.system.chain()).toString();
  seen.genesis = api.genesisHash.toHex();

  const heads = [], balances = [];
  const stopHeads = await api.rpc.chain.subscribeNewHeads((head) => heads.push(head.number.toNumber()));
  const stopBalance = await api.query.system.account(bob.address, ({ data }) => balances.push(data.free.toString()));

  const priced = await api.tx.balances.transferKeepAlive(bob.address, 1).signAsync(alice);
  seen.fee = (await api.rpc.payment.queryInfo(priced.toHex())).partialFee.toString();
  const before = (await api.query.system.account(bob.address)).data.free.toBigInt();
  seen.transfer = await finalized(api, api.tx.balances.transferKeepAlive(bob.address, 5_000_000_000n), alice);
  seen.received = ((await api.query.system.account(bob.address)).data.free.toBigInt() - before).toString();

  seen.register = await finalized(api, api.tx.subtensorModule.burnedRegister(NETUID, hot.address), bob);
  const uid = (await api.query.subtensorModule.uids(NETUID, hot.address)).unwrap().toNumber();
  seen.uid = uid;
  seen.again = await finalized(api, api.tx.subtensorModule.burnedRegister(NETUID, hot.address), bob);

  seen.commit = await finalized(
    api, api.tx.commitments.setCommitment(NETUID, { fields: [{ Raw8: "0x4e4d315465737421" }] }), hot);
  const commitment = await api.query.commitments.commitmentOf(NETUID, hot.address);
  seen.commitment = JSON.stringify(commitment.toJSON());

  seen.weights = await finalized(api, api.tx.subtensorModule.setWeights(NETUID, [uid], [65535], 0), alice);
  seen.row = JSON.stringify((await api.query.subtensorModule.weights(NETUID, 0)).toJSON());

  const pages = await api.query.system.account.entries();
  seen.accounts = pages.length;
  const old = await api.at(api.genesisHash);
  seen.at_genesis = (await old.query.system.account(bob.address)).data.free.toString();

  const refused = await api.tx.balances.transferKeepAlive(alice.address, 1).signAndSend(keyring.addFromUri("//Poor"))
    .then(() => "accepted", (error) => String(error.message));
  seen.refused = refused;
  stopHeads();
  stopBalance();
  seen.heads = heads.length;
  seen.ordered = heads.every((number, i) => i === 0 || number === heads[i - 1] + 1 || number === heads[i - 1]);
  seen.balances = balances.length;
  await api.disconnect();
  console.log(JSON.stringify(seen));
  process.exit(0);
}

main(process.argv[2]).catch((error) => fail(`${error.stack ?? error}; so far: ${JSON.stringify(seen)}`));
