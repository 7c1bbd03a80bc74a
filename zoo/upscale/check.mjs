// Compares the packages with the original networks run by TensorFlow.js, and tiles with the whole: `node check.mjs`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url + '/../.data/');
const tf = require('@tensorflow/tfjs-core');
const layers = require('@tensorflow/tfjs-layers');
require('@tensorflow/tfjs-backend-cpu');
const ort = require('onnxruntime-node');

const here = new URL('.', import.meta.url).pathname;
const largest = (a, b) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
const report = (text, good) => {
  console.log(good ? 'ok  ' : 'FAIL', text);
  if (!good) process.exitCode = 1;
};

// Smooth patterns with edges; every channel and every picture of the batch differs.
function pattern(batch, height, width) {
  const pixels = new Float32Array(batch * 3 * height * width);
  for (let n = 0, at = 0; n < batch; ++n)
    for (let c = 0; c < 3; ++c)
      for (let y = 0; y < height; ++y)
        for (let x = 0; x < width; ++x)
          pixels[at++] = Math.min(1, Math.max(0,
            0.5 + 0.3 * Math.sin((x * (c + 1) + 2 * y) / (7 + n)) + ((x >> 3) + (y >> 4)) % 2 * 0.3 * (c - 1)));
  return new ort.Tensor('float32', pixels, [batch, 3, height, width]);
}

function cut({ data, dims: [batch, channels, height, width] }, top, left, rows, columns) {
  const part = new Float32Array(batch * channels * rows * columns);
  for (let plane = 0, at = 0; plane < batch * channels; ++plane)
    for (let y = top; y < top + rows; ++y, at += columns)
      part.set(data.subarray((plane * height + y) * width + left, (plane * height + y) * width + left + columns), at);
  return new ort.Tensor('float32', part, [batch, channels, rows, columns]);
}

async function original(scale, image) {
  const folder = `${here}.data/node_modules/@upscalerjs/esrgan-slim/models/x${scale}/`;
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(folder + 'model.json'));
  const data = Buffer.concat(weightsManifest.flatMap((group) => group.paths.map((path) => readFileSync(folder + path))));
  const model = await layers.loadLayersModel({
    load: async () => ({ modelTopology, weightSpecs: weightsManifest.flatMap((group) => group.weights),
      weightData: data.buffer.slice(data.byteOffset, data.byteOffset + data.length) }),
  });
  const pixels = tf.mul(tf.transpose(tf.tensor(image.data, image.dims), [0, 2, 3, 1]), 255);
  return tf.clipByValue(tf.div(tf.transpose(model.predict(pixels), [0, 3, 1, 2]), 255), 0, 1).dataSync();
}

for (const scale of [2, 4]) {
  const part = `${here}model_x${scale}/upscaler/`;
  const { overlap, ...config } = JSON.parse(readFileSync(part + 'config.json'));
  report(`x${scale}: config.json says ${config.scale}`, config.scale === scale);
  const session = await ort.InferenceSession.create(part + 'model.onnx', { intraOpNumThreads: 1 });
  const run = async (image) => (await session.run({ image })).upscaled;

  const image = pattern(2, 40, 27);
  const got = await run(image);
  const difference = largest(await original(scale, image), got.data);
  report(`x${scale}: ${got.dims.join('x')}, largest difference to TensorFlow.js ${difference.toExponential(1)}`,
    difference < 1e-5 && got.dims.join() === [2, 3, 40 * scale, 27 * scale].join());

  // A tile with a margin, against the same pixels of the whole picture; the row beyond the margin may differ.
  const large = pattern(1, 96, 80), whole = await run(large);
  const tile = async (margin) => {
    const [top, left, side] = [32, 24, 32];
    const small = await run(cut(large, top - margin, left - margin, side + 2 * margin, side + 2 * margin));
    return largest(cut(small, margin * scale, margin * scale, side * scale, side * scale).data,
      cut(whole, top * scale, left * scale, side * scale, side * scale).data);
  };
  const [enough, short] = [await tile(overlap), await tile(overlap - 2)];
  report(`x${scale}: a tile with ${overlap} pixels around it differs by ${enough.toExponential(1)}, `
    + `with ${overlap - 2} by ${short.toExponential(1)}`, enough < 1e-6);

  const picture = pattern(1, 64, 64), times = [];
  for (let i = 0; i < 12; ++i) {
    const began = performance.now();
    await run(picture);
    times.push(performance.now() - began);
  }
  console.log(`     x${scale}: ${Math.min(...times).toFixed(0)} ms at best for 64x64, one thread`);
}
