// Variables out here live as long as the run.

function on_epoch_end(epoch, logs) {
  print("epoch", epoch, logs);
}
