// Watches the gradient of every layer at each look into the network.
const alarm = 100;
let usual = null;

function on_probe(step, logs) {
  for (const name in logs) {
    if (!name.startsWith("grad/norm/")) continue;
    if (!(logs[name] < alarm)) stop(`${name} is ${logs[name]} at step ${step}`);
  }
  const norm = logs["grad/norm"];
  if (usual !== null && norm > 10 * usual) print("step", step, "gradient norm", norm);
  usual = usual === null ? norm : 0.9 * usual + 0.1 * norm;
  log("gradient/usual", usual);
}
