// Ends the run as soon as the validation accuracy is good enough.
const goal = 0.97;

function on_epoch_end(epoch, logs) {
  print("epoch", epoch + 1, "val accuracy", logs.val_accuracy);
  if (logs.val_accuracy >= goal) stop("val accuracy reached " + goal);
}
