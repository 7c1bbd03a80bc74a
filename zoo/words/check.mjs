// Runs the exported model in ONNX Runtime: `node check.mjs`. Compares it with PyTorch (`train.py export` leaves ids and
// logits in .work/reference.json), and a text read at once with the same text read token by token through the cache.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url + '/../.data/');
const ort = require('onnxruntime-node');

const here = new URL('.', import.meta.url).pathname;
const { ids, logits } = JSON.parse(readFileSync(here + '.work/reference.json'));
const config = JSON.parse(readFileSync(here + 'model/config.json'));
const session = await ort.InferenceSession.create(here + 'model/model.onnx', { intraOpNumThreads: 1 });
const parts = [...Array(config.num_hidden_layers).keys()].flatMap((i) => [`${i}.key`, `${i}.value`]);
const heads = config.num_key_value_heads, width = config.hidden_size / config.num_attention_heads;
const integers = (values) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);

async function read(tokens, past) {
  const before = past === null ? 0 : past[parts[0]].dims[2];
  const feeds = { input_ids: integers(tokens), attention_mask: integers(Array(before + tokens.length).fill(1)),
    position_ids: integers(tokens.map((_, i) => before + i)) };
  for (const part of parts) {
    feeds[`past_key_values.${part}`] = past === null ? new ort.Tensor('float32', new Float32Array(0), [1, heads, 0, width]) : past[part];
  }
  const result = await session.run(feeds);
  return { logits: result.logits.data, past: Object.fromEntries(parts.map((part) => [part, result[`present.${part}`]])) };
}

const worst = (a, b) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
const whole = await read(ids, null);
let past = null, stepped = [];
for (const id of ids) {
  const one = await read([id], past);
  past = one.past;
  stepped.push(...one.logits);
}
for (const [name, difference, limit] of [['against PyTorch', worst(logits, whole.logits), 0.05], ['through the cache', worst([...whole.logits], stepped), 1e-3]]) {
  console.log(`${name}: largest difference of a logit ${difference.toExponential(1)}`);
  if (!(difference < limit)) process.exitCode = 1;
}
