"use strict";
// Stands before the visitor's text in the worker of the sandbox; `source.rs` fills in the numbers. Gives the text its
// functions, calls its hooks, and reports. What keeps the text in is the browser (opaque origin, policy), not this.
(() => {
  const BUDGET_MS = $BUDGET_MS, FIRST_LINE = $FIRST_LINE, LAST_LINE = $LAST_LINE;
  const RECORDED = $RECORDED, MOST_NAMES = $MOST_NAMES;
  const MOST_PRINTS = 200, MOST_CHARACTERS = 500, REPORT_MS = 200;
  const post = self.postMessage.bind(self), now = performance.now.bind(performance);
  // One way out, which is counted; no threads of its own; no code that runs when no hook does.
  const withheld = ["postMessage", "Worker", "SharedWorker", "setTimeout", "setInterval", "close"];
  for (const name of withheld) for (let on = self; on; on = Object.getPrototypeOf(on)) delete on[name];

  let hooks = {}, hook = "", step = null, deadline = now() + BUDGET_MS, ticks = 0, overtime = 0;
  let prints = [], unprinted = 0, values = new Map(), stopReason, learningRate, spentMs = 0, broken = false;
  const lastSteps = new Map(), told = new Set();

  const say = line => { if (prints.length < MOST_PRINTS) prints.push(line.slice(0, MOST_CHARACTERS)); else unprinted += 1; };
  const text = value => {
    if (typeof value === "string") return value;
    // Six digits are enough to read; JSON has no NaN.
    const short = (_, inner) => typeof inner !== "number" || Number.isInteger(inner) ? inner : isFinite(inner) ? Number(inner.toPrecision(6)) : String(inner);
    if (typeof value !== "object" || value === null) return String(short("", value));
    try { return JSON.stringify(value, short) ?? String(value); } catch { return String(value); }
  };
  const inHook = name => { if (step === null) throw new Error(`${name}() means something in a hook only`); };

  const nameProblem = name => {
    if (name === "" || name.length > 64 || name.trim() !== name) return "a name has 1 to 64 characters and no space around it";
    if (RECORDED.includes(name.split("/")[0])) return `the training itself records under such names; put one of your own before it: "my/${name}"`;
    return lastSteps.size >= MOST_NAMES ? `one callback can log ${MOST_NAMES} series` : "";
  };

  const offered = {
    __tick(line) {
      ticks += 1;
      // Once too late, every further loop of the call ends too: a `catch` around the first one is no way out.
      if (overtime || ticks % 16 === 0 && now() > deadline) {
        overtime ||= line;
        throw new Error(`took longer than its ${BUDGET_MS} ms`);
      }
    },
    stop(reason = "a callback asked for it") {
      inHook("stop");
      stopReason ??= text(reason).slice(0, 200);
    },
    set_learning_rate(rate) {
      inHook("set_learning_rate");
      if (typeof rate !== "number" || !(rate >= 0 && rate <= 1000)) throw new RangeError(`set_learning_rate(${text(rate)}): give a number from 0 to 1000`);
      learningRate = rate;
    },
    log(name, value) {
      inHook("log");
      if (typeof name !== "string") throw new TypeError("log(name, value): the name is not a text");
      if (typeof value !== "number") throw new TypeError(`log(${JSON.stringify(name)}, …): the value is ${text(value)}, not a number`);
      if (!lastSteps.has(name)) {
        const problem = nameProblem(name);
        if (problem) throw new Error(`log(${JSON.stringify(name)}, …): ${problem}`);
      }
      if (lastSteps.get(name) >= step) {
        if (!told.has(name)) say(`log(${JSON.stringify(name)}): a second value at step ${step} is left out; a series has one a step`);
        told.add(name);
        return;
      }
      lastSteps.set(name, step);
      if (!values.has(name)) values.set(name, { steps: [], values: [] });
      values.get(name).steps.push(step);
      values.get(name).values.push(value);
    },
    print(...what) { say(what.map(text).join(" ")); },
  };
  Object.assign(self, offered);
  self.console = { log: offered.print, info: offered.print, warn: offered.print, error: offered.print, debug: offered.print };

  // The line of the visitor's text at which it was thrown, or 0.
  const lineOf = thrown => {
    for (const [, line] of String(thrown?.stack ?? "").matchAll(/blob:[^\s)]*:(\d+):\d+/g)) {
      if (line >= FIRST_LINE && line <= LAST_LINE) return line - FIRST_LINE + 1;
    }
    return 0;
  };
  const report = (done, last, problem) => {
    const logged = [...values].map(([name, { steps, values }]) => [name, Float64Array.from(steps), Float64Array.from(values)]);
    post({ kind: "report", done, last, prints, unprinted, logged, stopReason, learningRate, spentMs, ...problem });
    prints = []; unprinted = 0; values = new Map(); stopReason = learningRate = undefined; spentMs = 0;
  };
  const fail = (thrown, done) => {
    broken = true;
    const isError = thrown instanceof Error;
    const message = overtime ? thrown.message : isError ? `${thrown.name}: ${thrown.message}` : `threw ${text(thrown)}`;
    report(done, true, { problem: message.slice(0, MOST_CHARACTERS), problemHook: hook, line: overtime || lineOf(thrown) });
  };
  // What the text throws outside of hooks, while it is loaded.
  self.addEventListener("error", event => { event.preventDefault(); if (!broken) fail(event.error ?? event.message, 0); });
  self.addEventListener("unhandledrejection", event => { event.preventDefault(); if (!broken) fail(event.reason, 0); });

  // Calls one hook for each row of a table: keys, a column for each, first arguments (none for those that take logs only).
  self.onmessage = ({ data: { hook: name, keys, columns, texts, first, steps } }) => {
    if (broken) return;
    hook = name;
    let reported = now();
    for (let row = 0; row < steps.length; row += 1) {
      const logs = {};
      columns.forEach((column, index) => { for (const key of keys[index]) logs[key] = column[row]; });
      for (const [key, value] of texts) logs[key] = value;
      step = steps[row];
      const begin = now();
      deadline = begin + BUDGET_MS;
      try {
        if (first) hooks[name](first[row], logs); else hooks[name](logs);
        if (overtime) throw new Error(`took longer than its ${BUDGET_MS} ms`);
      } catch (thrown) {
        return fail(thrown, row);
      }
      const end = now();
      spentMs += end - begin;
      if (end - reported > REPORT_MS) { reported = end; report(row + 1, false); }
    }
    report(steps.length, true);
  };

  // Called once, behind the visitor's text, with what it has defined.
  self.__ready = found => {
    delete self.__ready;
    for (const [name, value] of Object.entries(found)) if (typeof value === "function") hooks[name] = value;
    post({ kind: "ready", hooks: Object.keys(hooks), prints });
    prints = [];
  };
})();
