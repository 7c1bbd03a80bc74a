// Draws what `train.py order` asks for with zoo/emoji: `node draw.mjs`. Euler steps in sigma space, trailing spacing.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const ort = createRequire(import.meta.url + '/../.data/')('onnxruntime-node');

const here = new URL('.', import.meta.url).pathname, model = here + '../emoji/model/';
const order = JSON.parse(readFileSync(here + '.work/order.json'));
const open = (part) => ort.InferenceSession.create(`${model}${part}/model.onnx`, { intraOpNumThreads: 1 });
const [textEncoder, unet, decoder] = [await open('text_encoder'), await open('unet'), await open('vae_decoder')];
const scaling = JSON.parse(readFileSync(model + 'vae_decoder/config.json')).scaling_factor;
const guidance = 4, trained = 1000, values = 4 * 16 * 16;

const sigmas = [];
for (let i = 0, power = 1; i < trained; ++i) {
  power *= 1 - (Math.sqrt(0.00085) + (Math.sqrt(0.012) - Math.sqrt(0.00085)) * i / (trained - 1)) ** 2;
  sigmas.push(Math.sqrt((1 - power) / power));
}

async function draw(ids, noise, steps) {
  const both = BigInt64Array.from([...order.empty, ...ids], BigInt);
  const input_ids = new ort.Tensor('int64', both, [2, ids.length]);
  const encoder_hidden_states = (await textEncoder.run({ input_ids })).last_hidden_state;
  const times = Array.from({ length: steps }, (_, i) => Math.round(trained - i * trained / steps) - 1);
  const levels = [...times.map((time) => sigmas[time]), 0];
  const x = Float64Array.from(noise, (value) => value * levels[0]);
  for (let i = 0; i < steps; ++i) {
    const sigma = levels[i], root = Math.sqrt(sigma * sigma + 1);
    const scaled = x.map((value) => value / root);
    const { out_sample: { data } } = await unet.run({
      sample: new ort.Tensor('float32', Float32Array.from([...scaled, ...scaled]), [2, 4, 16, 16]),
      timestep: new ort.Tensor('int64', BigInt64Array.of(BigInt(times[i]), BigInt(times[i])), [2]), encoder_hidden_states });
    for (let k = 0; k < values; ++k) {
      const v = data[k] + guidance * (data[values + k] - data[k]);
      const clean = x[k] / (root * root) - v * sigma / root;
      x[k] += (x[k] - clean) / sigma * (levels[i + 1] - sigma);
    }
  }
  const latent_sample = new ort.Tensor('float32', Float32Array.from(x, (value) => value / scaling), [1, 4, 16, 16]);
  const { sample } = await decoder.run({ latent_sample });
  return Uint8Array.from(sample.data, (value) => Math.round(Math.min(1, Math.max(0, value / 2 + 0.5)) * 255));
}

const pictures = [];
for (const steps of order.steps) {
  for (let i = 0; i < order.ids.length; ++i) pictures.push(await draw(order.ids[i], order.noise[i], steps));
  console.log(`${order.ids.length} pictures in ${steps} steps each`);
}
writeFileSync(here + '.work/drawn.bin', Buffer.concat(pictures));
