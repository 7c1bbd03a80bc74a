// Runs the exported networks in ONNX Runtime and compares them with PyTorch: `node check.mjs`.
// `train.py export` leaves the inputs and PyTorch's outputs in .work/reference.json. Every batch is
// doubled here, so that a batch size frozen at export shows.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url + '/../.data/');
const ort = require('onnxruntime-node');

const here = new URL('.', import.meta.url).pathname;
const reference = JSON.parse(readFileSync(here + '.work/reference.json'));
for (const [part, { inputs, output }] of Object.entries(reference)) {
  const session = await ort.InferenceSession.create(`${here}model/${part}/model.onnx`, { intraOpNumThreads: 1 });
  const twice = (values) => [...values, ...values];
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, { type, shape: [batch, ...rest], values }]) =>
    [name, new ort.Tensor(type, type === 'int64' ? BigInt64Array.from(twice(values), BigInt) : Float32Array.from(twice(values)),
      [2 * batch, ...rest])]));
  const result = await session.run(feeds);
  const got = result[output.name].data, wanted = twice(output.values);
  const worst = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i])), 0);
  console.log(part, output.name, result[output.name].dims.join('x'), `largest difference ${worst.toExponential(1)}`);
  if (!(worst < 1e-4) || got.length !== wanted.length) process.exitCode = 1;
}
