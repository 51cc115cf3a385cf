// A learning rate of one's own: up over the first 20 steps, then down along a cosine.
const highest = 0.002, warm_up = 20;
let steps;

function on_train_begin(logs) {
  steps = logs.steps;
}

function on_batch_end(step, logs) {
  const done = (step - warm_up) / (steps - warm_up);
  const share = step < warm_up ? step / warm_up : 0.5 * (1 + Math.cos(Math.PI * done));
  set_learning_rate(highest * share);
}
