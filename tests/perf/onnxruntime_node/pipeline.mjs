// The same text-to-image pipeline in JavaScript on npm onnxruntime-node, as a user of that library would write it with
// care: sessions made once, typed arrays reused, both guidance rows in one run. Euler, v-prediction or epsilon, one text
// encoder (Stable Diffusion's layout).
//
//   node pipeline.mjs NODE_MODULES PACKAGE THREADS [no-spinning]
//
// Answers each line "SEED COUNT" with "WALL_NS CPU_NS" after making COUNT images as COUNT requests at once, and "show SEED" with
// the pixels of one as hexadecimal text.
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join, resolve } from 'node:path';

process.env.ORT_DISABLE_TELEMETRY = '1';
const [modules, root, threadText, spinning] = process.argv.slice(2);
const ort = createRequire(resolve(modules, 'x.js'))('onnxruntime-node');
const readJson = (path, fallback) => (existsSync(join(root, path)) ? JSON.parse(readFileSync(join(root, path), 'utf8')) : fallback);

const options = { intraOpNumThreads: Number(threadText), interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all' };
if (spinning === 'no-spinning') options.extra = { session: { intra_op: { allow_spinning: '0' } } };
const open = (part) => ort.InferenceSession.create(join(root, part, 'model.onnx'), options);
const [textEncoder, unet, vae] = await Promise.all(['text_encoder', 'unet', 'vae_decoder'].map(open));

// Philox4x32-10 and Box-Muller, as src/base/core/random.h documents them.
function multiply(a, b) {
  const product = BigInt(a) * BigInt(b);
  return [Number(product >> 32n), Number(product & 0xffffffffn)];
}
function philoxBlock(index, seed) {
  let counter = [index, 0, 0, 0], key = [seed >>> 0, 0];
  for (let round = 0; round < 10; ++round) {
    const [h0, l0] = multiply(0xd2511f53, counter[0]), [h1, l1] = multiply(0xcd9e8d57, counter[2]);
    counter = [(h1 ^ counter[1] ^ key[0]) >>> 0, l1, (h0 ^ counter[3] ^ key[1]) >>> 0, l0];
    key = [(key[0] + 0x9e3779b9) >>> 0, (key[1] + 0xbb67ae85) >>> 0];
  }
  return counter;
}
function fillNormal(values, seed) {
  const uniform = (low, high) => (high * 2 ** 21 + (low >>> 11)) * 2 ** -53;
  for (let i = 0; i < values.length; i += 2) {
    const words = philoxBlock(i / 2, seed);
    const radius = Math.sqrt(-2 * Math.log(1 - uniform(words[0], words[1]))), angle = 2 * Math.PI * uniform(words[2], words[3]);
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
}

// Byte-pair encoding for plain ASCII prompts.
const vocabulary = readJson('tokenizer/vocab.json');
const ranks = new Map(readFileSync(join(root, 'tokenizer/merges.txt'), 'utf8').split('\n').slice(1).filter(Boolean).map((pair, i) => [pair, i]));
function encode(text, length) {
  const ids = [vocabulary['<|startoftext|>']];
  for (const word of text.toLowerCase().match(/'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+/g) ?? []) {
    const symbols = [...word.slice(0, -1), word.slice(-1) + '</w>'];
    for (;;) {
      let best = -1, bestRank = Infinity;
      for (let i = 0; i + 1 < symbols.length; ++i) {
        const rank = ranks.get(symbols[i] + ' ' + symbols[i + 1]) ?? Infinity;
        if (rank < bestRank) [best, bestRank] = [i, rank];
      }
      if (best < 0) break;
      symbols.splice(best, 2, symbols[best] + symbols[best + 1]);
    }
    ids.push(...symbols.map((symbol) => vocabulary[symbol]));
  }
  const end = vocabulary['<|endoftext|>'];
  return [...ids.slice(0, length - 1), end, ...Array(length).fill(end)].slice(0, length);
}

const manifest = readJson('noonmark.json', { defaults: {} });
const scheduler = Object.keys(manifest.defaults.scheduler ?? {}).length ? manifest.defaults.scheduler : readJson('scheduler/scheduler_config.json');
const steps = manifest.defaults.steps ?? 20, guidance = manifest.defaults.guidance_scale ?? 4;
const vaeConfig = readJson('vae_decoder/config.json', {});
if (scheduler._class_name !== 'EulerDiscreteScheduler' || scheduler.timestep_spacing !== 'trailing') throw new Error('Euler with trailing spacing is expected');

function planEuler() {
  const count = scheduler.num_train_timesteps, from = Math.sqrt(scheduler.beta_start), to = Math.sqrt(scheduler.beta_end);
  const sigmas = [];
  let level = 1;
  for (let i = 0; i < count; ++i) {
    level *= 1 - (from + ((to - from) * i) / (count - 1)) ** 2;
    sigmas.push(Math.sqrt((1 - level) / level));
  }
  const plan = [];
  for (let i = 0; i < steps; ++i) plan.push({ timestep: Math.round(count - (i * count) / steps) - 1 });
  plan.forEach((step) => (step.sigma = sigmas[step.timestep]));
  return plan;
}
const plan = planEuler();

const inputShape = (session, name) => session.inputMetadata.find((input) => input.name === name).shape;
const [, channels, height, width] = inputShape(unet, 'sample'), length = inputShape(textEncoder, 'input_ids')[1];
const size = channels * height * width;
function makeBuffers() {
  const sample = new Float32Array(2 * size), timestep = new BigInt64Array(2), ids = new BigInt64Array(2 * length), latent = new Float32Array(size);
  return {
    sample, timestep, ids, latent, scaled: new Float32Array(size),
    sampleTensor: new ort.Tensor('float32', sample, [2, channels, height, width]),
    timestepTensor: new ort.Tensor('int64', timestep, [2]),
    idsTensor: new ort.Tensor('int64', ids, [2, length]),
  };
}
const pool = [];

async function generate(prompt, seed) {
  const buffers = pool.pop() ?? makeBuffers();
  const { sample, latent } = buffers;
  buffers.ids.set(encode('', length).map(BigInt), 0);
  buffers.ids.set(encode(prompt, length).map(BigInt), length);
  const { last_hidden_state: context } = await textEncoder.run({ input_ids: buffers.idsTensor });
  fillNormal(latent, seed);
  for (let i = 0; i < size; ++i) latent[i] *= plan[0].sigma;
  for (let index = 0; index < plan.length; ++index) {
    const { timestep, sigma } = plan[index], next = index + 1 < plan.length ? plan[index + 1].sigma : 0;
    const scale = 1 / Math.sqrt(sigma * sigma + 1);
    for (let i = 0; i < size; ++i) sample[i] = sample[size + i] = latent[i] * scale;
    buffers.timestep.fill(BigInt(timestep));
    const { out_sample } = await unet.run({ sample: buffers.sampleTensor, timestep: buffers.timestepTensor, encoder_hidden_states: context });
    const output = out_sample.data;
    for (let i = 0; i < size; ++i) {
      const guided = output[i] + guidance * (output[size + i] - output[i]);
      const clean = scheduler.prediction_type === 'v_prediction' ? (-guided * sigma * scale) + latent[i] * scale * scale : latent[i] - sigma * guided;
      latent[i] += ((latent[i] - clean) / sigma) * (next - sigma);
    }
  }
  for (let i = 0; i < size; ++i) buffers.scaled[i] = latent[i] / (vaeConfig.scaling_factor ?? 0.18215);
  const { sample: pixels } = await vae.run({ latent_sample: new ort.Tensor('float32', buffers.scaled, [1, channels, height, width]) });
  pool.push(buffers);
  const area = pixels.dims[2] * pixels.dims[3], image = Buffer.alloc(area * 3);
  for (let channel = 0; channel < 3; ++channel) {
    for (let i = 0; i < area; ++i) image[i * 3 + channel] = Math.round(Math.min(1, Math.max(0, pixels.data[channel * area + i] * 0.5 + 0.5)) * 255);
  }
  return image;
}

const prompt = 'a tiger face, noto style, blue background';
for await (const line of createInterface({ input: process.stdin })) {
  const [word, count] = line.split(' ');
  if (word === 'show') {
    console.log((await generate(prompt, Number(count))).toString('hex'));
    continue;
  }
  const wall = process.hrtime.bigint(), cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: Number(count) }, (_, k) => generate(prompt, Number(word) + k)));
  const used = process.cpuUsage(cpu);
  console.log(`${process.hrtime.bigint() - wall} ${(used.user + used.system) * 1000}`);
}
