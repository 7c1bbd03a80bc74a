// Runs the exported towers in ONNX Runtime and compares them with PyTorch: `node check.mjs`.
// `train.py export` leaves the inputs and PyTorch's outputs in .work/reference.json. Every batch is
// doubled here, so that a batch size frozen at export shows.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const ort = createRequire(import.meta.url + '/../.data/')('onnxruntime-node');

const here = new URL('.', import.meta.url).pathname;
const reference = JSON.parse(readFileSync(here + '.work/reference.json'));
for (const [part, { input, output }] of Object.entries(reference)) {
  const session = await ort.InferenceSession.create(`${here}model/${part}/model.onnx`, { intraOpNumThreads: 1 });
  const twice = [...input.values, ...input.values], [batch, ...rest] = input.shape;
  const data = input.type === 'int64' ? BigInt64Array.from(twice, BigInt) : Float32Array.from(twice);
  const feeds = { [input.name]: new ort.Tensor(input.type, data, [2 * batch, ...rest]) };
  const got = (await session.run(feeds))[output.name], wanted = [...output.values, ...output.values];
  const worst = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - got.data[i])), 0);
  const one = new ort.Tensor(input.type, data.slice(0, data.length / (2 * batch)), [1, ...rest]), times = [];
  for (let i = 0; i < 20; ++i) {
    const began = performance.now();
    await session.run({ [input.name]: one });
    times.push(performance.now() - began);
  }
  console.log(part, output.name, got.dims.join('x'), `largest difference ${worst.toExponential(1)},`,
    `${Math.min(...times).toFixed(1)} ms at best for one`);
  if (!(worst < 1e-5) || got.data.length !== wanted.length) process.exitCode = 1;
}
