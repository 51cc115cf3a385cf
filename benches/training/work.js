// The work that is measured: data, first weights and order of batches, the same for every device and every other library.
// Only + - * / and square roots, so that every engine gets the same bits.

const SAMPLES = 8192, SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10;

const xorshift = seed => () => {
  seed ^= seed << 13; seed >>>= 0;
  seed ^= seed >>> 17;
  seed ^= seed << 5; seed >>>= 0;
  return seed / 4294967296;
};

// One blob a class on a ring, moved by up to two pixels a sample, under noise.
const CENTRES = [[20, 14], [19, 18], [16, 20], [12, 20], [9, 18], [8, 14], [9, 10], [12, 8], [16, 8], [19, 10]];

export function data() {
  const random = xorshift(20261121), images = new Float32Array(SAMPLES * PIXELS), labels = new Uint32Array(SAMPLES);
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const label = labels[sample] = Math.floor(random() * CLASSES);
    const x0 = CENTRES[label][0] + random() * 4 - 2, y0 = CENTRES[label][1] + random() * 4 - 2;
    for (let y = 0; y < SIDE; y += 1) {
      for (let x = 0; x < SIDE; x += 1) {
        const distance = (x - x0) * (x - x0) + (y - y0) * (y - y0);
        images[sample * PIXELS + y * SIDE + x] = 0.5 * random() + 0.5 / (1 + distance / 4);
      }
    }
  }
  return { images, labels, samples: SAMPLES, shape: [1, SIDE, SIDE] };
}

const conv = filters => [{ type: 'conv2d', filters, kernel: 3, stride: 1, padding: 'valid' }, { type: 'relu' }, { type: 'max_pool2d', size: 2 }];
const dense = units => [{ type: 'dense', units }, { type: 'relu' }];

// The arrays of weights as they are drawn: a dense one [in, out], a window [height, width, in, out]. `steps` is two or one epoch.
export const MODELS = {
  mlp: { steps: 256, seed: 1111, layers: [{ type: 'flatten' }, ...dense(128)], arrays: [[784, 128], [128], [128, 10], [10]] },
  cnn: {
    steps: 128, seed: 2222, layers: [...conv(16), ...conv(32), { type: 'flatten' }, ...dense(64)],
    arrays: [[3, 3, 1, 16], [16], [3, 3, 16, 32], [32], [800, 64], [64], [64, 10], [10]],
  },
  // Deeper, and in no other library's table.
  deep: {
    steps: 32, seed: 3333,
    layers: [...conv(16).slice(0, 2), ...conv(16), ...conv(32).slice(0, 2), ...conv(32), { type: 'flatten' }, ...dense(64)],
    arrays: [[3, 3, 1, 16], [16], [3, 3, 16, 16], [16], [3, 3, 16, 32], [32], [3, 3, 32, 32], [32], [512, 64], [64], [64, 10], [10]],
  },
};

// Floating-point operations of a sample, forward and backward; a multiplication with its addition counts as two. The first layer
// needs no gradient of its input. Rectifiers, pooling, loss and optimiser are left out.
const ofDense = (inputs, outputs) => 2 * inputs * outputs;
const ofConv = (side, inputs, outputs) => 2 * side * side * 9 * inputs * outputs;
export const FLOPS = {
  mlp: 2 * ofDense(784, 128) + 3 * ofDense(128, 10),
  cnn: 2 * ofConv(26, 1, 16) + 3 * ofConv(11, 16, 32) + 3 * ofDense(800, 64) + 3 * ofDense(64, 10),
  deep: 2 * ofConv(26, 1, 16) + 3 * (ofConv(24, 16, 16) + ofConv(10, 16, 32) + ofConv(8, 32, 32) + ofDense(512, 64) + ofDense(64, 10)),
};

// The first weights, in the layout of the page's arrays: windows [out, in, height, width], and the rows of a dense layer behind
// images channel by channel.
export function weights(name) {
  const { seed, arrays } = MODELS[name], random = xorshift(seed);
  let channels = 0;
  return arrays.map(shape => {
    const numbers = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (shape.length > 1) {
      const field = shape.length === 4 ? 9 : 1;
      const limit = Math.sqrt(6 / (field * (shape.at(-2) + shape.at(-1))));
      for (let i = 0; i < numbers.length; i += 1) numbers[i] = (random() * 2 - 1) * limit;
    }
    if (shape.length === 4) {
      const [, , inputs, outputs] = shape, turned = new Float32Array(numbers.length);
      channels = outputs;
      for (let at = 0; at < 9; at += 1) for (let i = 0; i < inputs; i += 1) for (let o = 0; o < outputs; o += 1)
        turned[(o * inputs + i) * 9 + at] = numbers[(at * inputs + i) * outputs + o];
      return turned;
    }
    if (shape.length === 2 && channels) {
      const [rows, units] = shape, places = rows / channels, turned = new Float32Array(numbers.length);
      for (let at = 0; at < places; at += 1) for (let c = 0; c < channels; c += 1)
        turned.set(numbers.subarray((at * channels + c) * units, (at * channels + c + 1) * units), (c * places + at) * units);
      channels = 0;
      return turned;
    }
    return numbers;
  });
}

export const OPTIMIZER = { name: 'adam', learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
