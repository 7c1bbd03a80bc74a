// Compares features.onnx with the original network run by TensorFlow.js: `node check.mjs`.
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url + '/../.data/');
const tf = require('@tensorflow/tfjs-core');
const layers = require('@tensorflow/tfjs-layers');
require('@tensorflow/tfjs-backend-cpu');
const ort = require('onnxruntime-node');

const source = './node_modules/nsfwjs/dist/models/mobilenet_v2/';
const manifest = require(source + 'model.min.js');
const data = Buffer.from(require(source + 'group1-shard1of1.min.js'), 'base64');
const taps = { stride4: 'block_2_add', stride8: 'block_5_add', stride16: 'block_12_add', stride32: 'out_relu' };
const size = Number(process.argv[2] ?? 224);

// A smooth pattern with edges; every channel differs.
const pixels = new Float32Array(3 * size * size);
for (let c = 0; c < 3; ++c)
  for (let y = 0; y < size; ++y)
    for (let x = 0; x < size; ++x)
      pixels[(c * size + y) * size + x] =
        0.5 + 0.3 * Math.sin((x * (c + 1) + 2 * y) / 17) + ((x >> 4) + (y >> 5)) % 2 * 0.2 * (c - 1);

// The same cut as in convert.py: without its classifier the network takes any size.
const graph = manifest.modelTopology.model_config.config;
graph.layers.length = graph.layers.findIndex((layer) => layer.name === taps.stride32) + 1;
graph.layers[0].config.batch_input_shape = [null, size, size, 3];
graph.output_layers = Object.values(taps).map((name) => [name, 0, 0]);
const model = await layers.loadLayersModel({
  load: async () => ({
    modelTopology: manifest.modelTopology,
    weightSpecs: manifest.weightsManifest[0].weights,
    weightData: data.buffer.slice(data.byteOffset, data.byteOffset + data.length),
  }),
}, { strict: false });
const image = tf.transpose(tf.tensor(pixels, [1, 3, size, size]), [0, 2, 3, 1]);
const expected = model.predict(image).map((t) => tf.transpose(t, [0, 3, 1, 2]));

const session = await ort.InferenceSession.create(new URL('features.onnx', import.meta.url).pathname, { intraOpNumThreads: 1 });
const input = { image: new ort.Tensor('float32', pixels, [1, 3, size, size]) };
const actual = await session.run(input);
const began = performance.now();
for (let i = 0; i < 5; ++i) await session.run(input);
console.log(`${((performance.now() - began) / 5).toFixed(1)} ms per picture of ${size}x${size}, one thread`);
Object.keys(taps).forEach((tap, i) => {
  const wanted = expected[i].dataSync(), got = actual[tap].data;
  let worst = 0, peak = 0;
  wanted.forEach((w, k) => { worst = Math.max(worst, Math.abs(w - got[k])); peak = Math.max(peak, Math.abs(w)); });
  console.log(tap, actual[tap].dims.join('x'), `largest value ${peak.toFixed(3)}, largest difference ${worst.toExponential(1)}`);
  if (!(worst < 1e-3 * peak)) process.exitCode = 1;
});
