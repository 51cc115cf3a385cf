//! A worker that never comes up, or falls silent, is reported, what it recorded stays, and the next start works. What becomes of a run
//! whose worker dies is in `recovery`.

use crate::support::{ENDLESS, KEEP_WORKERS, Page, Visit};

fn starts_and_trains(page: &Page) {
    page.click("#main-action");
    page.until("e2e.text('#phase') === 'Training' && e2e.batches() >= 5", 60);
    assert_eq!(page.text("#notices"), "", "the notice of the dead worker is gone");
}

#[test]
fn loaded_data_outlives_the_worker_that_had_it() {
    Visit::new().script(KEEP_WORKERS).run(|page| {
        let pair = crate::support::mnist();
        let id = page.load_by_fetch(&pair);
        let config = format!("{{ ...{ENDLESS}, data: {{ name: 'loaded', id: '{id}' }} }}");
        let run = page.start(&config);
        page.until("e2e.batches() >= 5", 60);
        page.ask("workers[0].dispatchEvent(new ErrorEvent('error', { message: 'gone', cancelable: true }));");
        page.until("workers.length === 2 && e2e.text('#phase') === 'Training'", 60);
        page.ask("emberscope.stop('enough');");
        assert_eq!(page.finished(run)["reason"], "enough");
    });
}

#[test]
fn a_worker_that_cannot_be_loaded_is_reported_and_tried_again() {
    Visit::new().expect_error("worker_cpu").run(|page| {
        // The page has its worker already; Reset while training ends it, and the next one does not come.
        page.start(ENDLESS);
        page.until("e2e.batches() >= 1", 60);
        page.site.put_worker("worker_cpu", "throw new Error('no room for it');");
        page.cdp("Network.clearBrowserCache", &serde_json::json!({}));
        page.click("#reset");
        page.click("#main-action");
        page.until("e2e.text('#phase') === 'Failed'", 30);
        let notice = page.text("#notices").to_lowercase();
        println!("{notice}");
        assert!(notice.contains("no room for it") && notice.contains("start again"), "{notice}");
        page.site.restore(&page.site.loader("worker_cpu"));
        starts_and_trains(page);
    });
}

#[test]
fn a_worker_that_falls_silent_is_got_rid_of_by_reset() {
    Visit::new().script(KEEP_WORKERS).run(|page| {
        page.start(ENDLESS);
        page.until("e2e.batches() >= 5", 60);
        // Ended behind the page's back: no event tells of it.
        page.ask("workers[0].terminate();");
        page.click("#reset");
        page.until("e2e.text('#phase') === 'Ready'", 5);
        starts_and_trains(page);
    });
}

/// Says that there is a real GPU, whatever the machine has.
const A_GPU: &str = "Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: async () => ({
    info: { vendor: 'test', architecture: 'none', description: '' }, features: new Set(['timestamp-query']) }) } });";

/// A GPU worker that takes weights, begins a run, says a few things of it, and loses its device before the first batch.
const LOST_GPU: &str = "postMessage([{ Ready: { version: VERSION, build: BUILD, devices: [] } }]);
    onmessage = ({ data: [command] }) => {
      const { GiveWeights, Start } = command;
      if (GiveWeights) postMessage([{ WeightsGiven: { request: GiveWeights.request } }]);
      if (!Start) return;
      const { run } = Start;
      const begin = { parameters: 1, trainSamples: 1, validationSamples: 1, batchesPerEpoch: 1, epochs: 1 };
      postMessage([{ Started: { run, device: 'WebGPU', begin, shape: { vector: 2 }, classes: [] } }]);
      postMessage([{ Logged: { run, step: 0, name: 'of/the_gpu', value: 1 } }]);
      const error = { code: 'device_lost', message: 'the device is lost', hint: 'start again' };
      postMessage([{ Failed: { run, request: null, error } }]);
    };";

#[test]
fn a_gpu_lost_before_its_first_number_is_replaced_with_all_that_was_asked_for() {
    Visit::new().script(A_GPU).run(|page| {
        page.site.put_worker("worker_gpu", LOST_GPU);
        // The weights of a run, and the loss with which one that begins with them begins.
        page.ask("window.config = { ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 1000 }, device: 'cpu' };");
        let first = page.start("{ ...config, epochs: 1 }");
        page.finished(first);
        page.ask(&format!("window.weights = await emberscope.export({first}, 'safetensors'); await emberscope.loadWeights(weights);"));
        let second = page.start("{ ...config, epochs: 1 }");
        page.finished(second);
        let (random, loaded) = (page.series(first, "batch/loss")[0], page.series(second, "batch/loss")[0]);
        assert!(loaded < random, "{loaded} with weights, {random} without");

        // All of it before the worker can have answered: begun with weights, one step, another rate.
        page.ask(
            "await emberscope.loadWeights(weights);
             window.begun = 0;
             emberscope.on('on_train_begin', () => { begun += 1; });
             await emberscope.start({ ...config, device: 'auto' });
             emberscope.pause(); emberscope.step(1); emberscope.set({ learningRate: 0.0005 });",
        );
        page.until("e2e.batches() === 1 && e2e.text('#phase') === 'Paused'", 60);
        assert_eq!(page.number("await e2e.frames(30); return e2e.batches();"), 1.0, "a step is a step");
        let run = page.ask("return e2e.lastRun();");
        assert!(run["why"].as_str().is_some_and(|why| why.contains("the device is lost")), "{run}");
        assert!(run["device"].as_str().is_some_and(|device| device.starts_with("CPU")), "{run}");
        let id = run["id"].as_u64().expect("a run");
        assert_eq!(page.series(id, "batch/loss"), [loaded], "it begins with the loaded weights");
        assert_eq!(page.series(id, "lr"), [0.0005]);
        assert!(page.series(id, "of/the_gpu").is_empty(), "nothing of the first attempt is in the record");
        let head = page.file(&format!("return emberscope.export({id}, 'jsonl');"));
        let head: serde_json::Value = serde_json::from_slice(head.split(|&byte| byte == b'\n').next().unwrap_or_default()).expect("JSON");
        assert_eq!(head["weightsFrom"], "a file given to the API");
        assert_eq!(page.number("return begun;"), 2.0, "each attempt is told of");
        page.click("#stop");
        assert_eq!(page.finished(id)["step"], 1);
    });
}

/// A GPU whose adapter is gone once `window.gpuIsGone`, and a list of the workers that were started.
const FLEETING_GPU: &str = "window.started = [];
    window.Worker = class extends Worker { constructor(url, how) { super(url, how); started.push(how.name); } };
    Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: async () => window.gpuIsGone ? null : {
      info: { vendor: 'test', architecture: 'none', description: '' }, features: new Set(['timestamp-query']) } } });";

/// A GPU worker that says that it cannot start.
const UNUSABLE_GPU: &str =
    "const error = { code: 'device_unavailable', message: 'the WebGPU device could not be started', hint: 'choose cpu' };
    postMessage([{ Failed: { run: null, request: null, error } }]);";

#[test]
fn an_adapter_that_is_lost_or_of_no_use_is_not_tried_at_every_start() {
    for (worker, goes, says) in [(LOST_GPU, true, "no graphics adapter"), (UNUSABLE_GPU, false, "could not be started")] {
        Visit::new().script(FLEETING_GPU).run(|page| {
            page.site.put_worker("worker_gpu", worker);
            let config = "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 500 }, epochs: 1, device: 'auto' }";
            assert_eq!(page.ask("return (await emberscope.capabilities()).chosen;"), "webgpu");
            page.ask(&format!("window.gpuIsGone = {goes};"));
            let first = page.start(config);
            page.finished(first);
            let gpus = "return started.filter(name => name.includes('worker_gpu')).length;";
            assert_eq!(page.number(gpus), 1.0, "it was tried once");
            let chosen = page.ask("const { chosen, why } = await emberscope.capabilities(); return { chosen, why };");
            assert_eq!(chosen["chosen"], "cpu", "{chosen}");
            assert!(chosen["why"].as_str().is_some_and(|why| why.contains(says)), "{chosen}");
            let second = page.start(config);
            page.finished(second);
            assert_eq!(page.number(gpus), 1.0, "and not again");
            let why = page.ask("return e2e.lastRun().why;");
            assert!(why.as_str().is_some_and(|why| why.contains(says)), "{why}");
        });
    }
}
