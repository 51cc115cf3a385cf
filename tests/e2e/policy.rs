//! The policy of the page, of every worker and every frame, on a host that sends no headers: no other host is asked, no
//! text becomes a program. And the headers of the build, on a host that sends them: all still works.

use crate::support::{DevTools, Elsewhere, Flags, Headers, Page, Visit, gzip, images_file, labels_file};
use serde_json::{Value, json};

/// Tries every way out of a place, and from a text to a program; gives the names of those that worked. `OUT` is another
/// host's address without its scheme.
const ATTEMPTS: &str = "(async () => {
    const out = 'OUT', worked = [];
    const attempt = async (name, way) => {
      try { await way(); worked.push(name); } catch {}
    };
    const event = (object, good, bad = 'onerror') => new Promise((resolve, reject) => { object[good] = resolve; object[bad] = reject; });
    await attempt('fetch', () => fetch(`http:${out}fetch`, { mode: 'no-cors' }));
    await attempt('fetch of the last resort', () => WorkerGlobalScope.prototype.fetch.call(self, `http:${out}fetch`, { mode: 'no-cors' }));
    await attempt('XMLHttpRequest', () => {
      const request = new XMLHttpRequest();
      request.open('GET', `http:${out}xhr`);
      const done = event(request, 'onload');
      request.send();
      return done;
    });
    await attempt('WebSocket', () => event(new WebSocket(`ws:${out}socket`), 'onopen'));
    await attempt('EventSource', () => event(new EventSource(`http:${out}events`), 'onopen'));
    await attempt('import()', () => import(`http:${out}module.js`));
    await attempt('import() of a text', () => import('data:text/javascript,export default 1'));
    await attempt('importScripts', () => importScripts(`http:${out}script.js`));
    await attempt('FontFace', () => new FontFace('x', `url(http:${out}font)`).load());
    // It never says what became of it: the other host would know.
    globalThis.navigator?.sendBeacon?.(`http:${out}beacon`, 'x');
    await attempt('an image', () => { const image = new Image(); image.src = `http:${out}image`; return event(image, 'onload'); });
    await attempt('a worker of its own', () => {
      const text = `fetch('http:${out}nested', { mode: 'no-cors' }).then(() => postMessage('out'), () => close())`;
      const worker = new Worker(URL.createObjectURL(new Blob([text])));
      const said = event(worker, 'onmessage');
      return Promise.race([said, new Promise((_, reject) => setTimeout(reject, 3000))]);
    });
    await attempt('eval', () => { if (eval('1 + 1') !== 2) throw 0; });
    await attempt('Function', () => new Function('return 1')());
    await attempt('the constructor of functions', () => (() => {}).constructor('return 1')());
    await attempt('that of asynchronous ones', () => (async () => {}).constructor('return 1')());
    await attempt('that of generators', () => (function* () {}).constructor('yield 1')().next());
    await attempt('a text in setTimeout', async () => {
      self.ranText = false;
      setTimeout('self.ranText = true');
      await new Promise(done => setTimeout(done, 50));
      if (!self.ranText) throw 0;
    });
    return worked;
  })()";

/// Names that a worker has no more, whatever its policy.
const TAKEN: &str = "['fetch', 'XMLHttpRequest', 'WebSocket', 'WebTransport', 'EventSource', 'BroadcastChannel', 'importScripts', 'Worker',
    'indexedDB', 'caches', 'eval', 'Function'].filter(name => self[name] !== undefined)";

/// Lets a place try everything, and gives what worked.
fn attempts(tools: &DevTools, what: &str, is: impl Fn(&crate::support::Place) -> bool, out: &str) -> Value {
    let worked = tools.evaluate(&tools.place(what, is), &ATTEMPTS.replace("OUT", out));
    println!("{what}: {worked} worked");
    worked
}

/// The worker of the page that is called after `program`.
fn is_worker(place: &crate::support::Place, program: &str) -> bool {
    place.kind == "worker" && format!("{} {}", place.name, place.url).contains(program)
}

/// A visit on which the policy refuses much, which the browser also says in its console.
fn refusing() -> Visit {
    Visit::new().expect_error("Content Security Policy").expect_error("violates the").expect_error("ERR_").expect_error("Failed to")
}

#[test]
fn page_and_workers_ask_no_other_host_and_run_no_text() {
    refusing().flags(Flags::WithWebGpu).run(|page| {
        let elsewhere = Elsewhere::start(&[("module.js", b"export default 1".to_vec())]);
        let out = elsewhere.address("");
        let tools = page.dev_tools();
        assert_eq!(attempts(&tools, "page", |place| place.kind == "page" && place.url.contains("/some/sub/path/"), &out), json!([]));

        let config = "{ ...emberscope.defaultConfig('softmax'), data: { name: 'digits', samples: 300 }, epochs: 1 }";
        let mut devices = vec![("cpu", "worker_cpu"), ("ndarray", "worker_ndarray"), ("webgpu", "worker_gpu")];
        devices.retain(|(_, program)| {
            let is_built = page.site.files().iter().any(|name| name.starts_with(program));
            if !is_built {
                println!("NOT TESTED: {program}, which this build was made without");
            }
            is_built
        });
        if devices.iter().any(|(device, _)| *device == "webgpu") && !page.has_gpu("the policy of the GPU worker") {
            devices.retain(|(device, _)| *device != "webgpu");
        }
        for (device, program) in devices {
            let run = page.start(&format!("{{ ...{config}, device: '{device}' }}"));
            page.finished(run);
            let is_it = |place: &crate::support::Place| is_worker(place, program);
            assert_eq!(attempts(&tools, program, is_it, &out), json!([]));
            assert_eq!(tools.evaluate(&tools.place(program, is_it), TAKEN), json!([]), "{program}");
            // And it still trains.
            let run = page.start(&format!("{{ ...{config}, device: '{device}' }}"));
            assert_eq!(page.finished(run)["reason"], "completed", "{program}");
        }
        let asked: Vec<String> = elsewhere.asked().into_iter().map(|(path, _)| path).collect();
        assert_eq!(asked, Vec::<String>::new(), "the other host was asked");
    });
}

#[test]
fn the_frames_ask_nobody_but_for_the_one_file_and_run_no_text() {
    refusing().run(|page| {
        let elsewhere = Elsewhere::start(&[]);
        let out = elsewhere.address("");
        let tools = page.dev_tools();
        // A callback that goes on listening, so that its frame and its worker stay: a run that ended takes them with it, and
        // fast machines end a thousand epochs before all ways are tried.
        page.ask(
            "const config = { ...emberscope.defaultConfig('softmax'), data: { name: 'digits', samples: 6000 }, epochs: 10000, device: 'cpu' };
             await emberscope.start({ ...config, scripts: [{ name: 'mine', text: 'function on_batch_end() {}' }] }, { runScripts: true });",
        );
        page.until("e2e.batches() >= 5", 60);
        page.ask("emberscope.pause();");
        let is_frame = |place: &crate::support::Place| place.url.ends_with("/sandbox/frame.html");
        assert_eq!(attempts(&tools, "sandbox's frame", is_frame, &out), json!([]));
        let is_inside = |place: &crate::support::Place| place.kind == "worker" && place.url.starts_with("blob:null/");
        assert_eq!(attempts(&tools, "sandbox's worker", is_inside, &out), json!([]));
        assert!(elsewhere.asked().is_empty(), "{:?}", elsewhere.asked());

        // A file that never comes, so that the frame that waits for it stays.
        page.click(".own-data > summary");
        page.fill_all(&[("images-url", &format!("http:{}", elsewhere.address("never/images"))), ("labels-url", "x")]);
        let is_fetching = |place: &crate::support::Place| place.url.ends_with("/sandbox/fetch.html");
        let worked = attempts(&tools, "frame that fetches", is_fetching, &out);
        // It may fetch: that is what it is for. Nothing else, and no text.
        assert!(
            worked.as_array().is_some_and(|ways| ways.iter().all(|way| way == "fetch" || way == "XMLHttpRequest" || way == "EventSource")),
            "{worked}"
        );
    });
}

#[test]
fn a_whole_visit_asks_no_other_host_for_anything() {
    Visit::new().run(|page| {
        let tools = page.dev_tools();
        tools.place("page", |place| place.kind == "page");
        page.open();
        for preset in ["mlp", "cnn"] {
            let run = page.start(&format!(
                "{{ ...emberscope.defaultConfig('{preset}'), data: {{ name: 'digits', samples: 600 }}, epochs: 1, device: 'cpu',
                   scripts: [{{ name: 'mine', text: 'function on_batch_end(step, logs) {{ log(\"my/loss\", logs.loss); }}' }}] }}, {{ runScripts: true }}"
            ));
            page.finished(run);
            for kind in ["report", "tensorboard", "csv", "jsonl", "safetensors"] {
                page.ask(&format!("await emberscope.export({run}, '{kind}');"));
            }
        }
        page.ask("await emberscope.predict(new Float32Array(784)); await emberscope.evaluate(); await e2e.seeEverything();");
        let requests = tools.requests();
        assert!(tools.places().iter().any(|place| is_worker(place, "worker_cpu")), "workers are seen too: {:#?}", tools.places());
        assert!(requests.iter().any(|url| url.ends_with("/sandbox/frame.html")), "and frames: {requests:#?}");
        for url in requests {
            // `chrome:` is the empty tab that the browser began with: its own files, on no host.
            let own = [&*page.url, "data:", "blob:null/", "chrome:"].iter().any(|begin| url.starts_with(begin));
            assert!(own || url.starts_with(&format!("blob:{}", &page.url[..page.url.find("/some").expect("a folder")])), "{url}");
        }
    });
}

/// Two classes that a glance tells apart, 60 pictures of 8 by 8.
fn sixty() -> (Vec<u8>, Vec<u8>) {
    let labels: Vec<u8> = (0..60).map(|sample| sample % 3).collect();
    let pixels: Vec<u8> = labels.iter().flat_map(|&label| [80 * label + 40; 64]).collect();
    (images_file(60, 8, 8, &pixels), labels_file(60, &labels))
}

/// Types the two addresses, in the folder `from` of the other host, and asks for them.
fn asks_for(page: &Page, elsewhere: &Elsewhere, images: &str, labels: &str) {
    page.fill("#images-url", &format!("http:{}", elsewhere.address(images)));
    page.until("document.querySelector('#images-url').value !== ''", 5);
    page.fill("#labels-url", &format!("http:{}", elsewhere.address(labels)));
}

#[test]
fn data_of_another_host_come_by_a_frame_that_tells_it_nothing() {
    Visit::new().expect_error("CORS policy").expect_error("ERR_FAILED").run(|page| {
        let (images, labels) = sixty();
        let elsewhere = Elsewhere::start(&[("far-images", images.clone()), ("far-labels.gz", gzip(&labels)), ("closed/images", images)]);
        page.click(".own-data > summary");
        page.fill("#images-url", "");
        asks_for(page, &elsewhere, "huge/images", "far-labels.gz");
        page.until("e2e.text('#notices').includes('has 4000 MB')", 20);
        page.click("#notices .notice button");
        asks_for(page, &elsewhere, "closed/images", "far-labels.gz");
        page.until("e2e.text('#notices').includes('closed/images cannot be fetched')", 20);
        assert!(page.text("#notices").contains("CORS"), "{}", page.text("#notices"));
        page.click("#notices .notice button");
        asks_for(page, &elsewhere, "far-images", "far-labels.gz");
        page.until("e2e.text('#data-words').startsWith('60 samples of 8×8')", 20);
        assert_eq!(page.text("#notices"), "");
        // Each Enter in a field asks anew; when all have their files, no frame is left.
        page.until("!document.querySelector('iframe')", 20);
        let asked = elsewhere.asked();
        assert!(asked.iter().any(|(path, _)| path == "/far-images"), "{asked:?}");
        for (path, head) in asked {
            assert!(head.contains("origin: null") && !head.contains("referer") && !head.contains("cookie"), "{path}: {head}");
        }
    });
}

#[test]
fn all_works_on_a_host_that_sends_the_headers_of_the_build() {
    Visit::new().headers(Headers::OfTheBuild).run(|page| {
        let heads = page.ask(&format!(
            "const said = async file => {{ const {{ headers }} = await fetch(file); return [...headers].map(head => head.join(': ')).join('\\n'); }};
             return [await said('./'), await said('./{}'), await said('./sandbox/frame.html')];",
            page.site.loader("worker_cpu")
        ));
        let head = |index: usize| heads[index].as_str().unwrap_or_default();
        assert!(head(0).contains("frame-ancestors 'none'") && head(0).contains("cache-control: no-cache"), "{}", head(0));
        assert!(head(1).contains("connect-src 'self'; frame-ancestors") && head(1).contains("immutable"), "{}", head(1));
        assert!(head(2).contains("frame-ancestors 'self'") && head(2).contains("nosniff"), "{}", head(2));

        let (images, labels) = sixty();
        let elsewhere = Elsewhere::start(&[("far-images", images), ("far-labels", labels)]);
        page.click(".own-data > summary");
        asks_for(page, &elsewhere, "far-images", "far-labels");
        page.until("e2e.text('#data-words').startsWith('60 samples of 8×8')", 20);
        let run = page.start(
            "{ ...emberscope.config(), model: { layers: [{ type: 'flatten' }] }, epochs: 2, batchSize: 16, device: 'cpu',
               scripts: [{ name: 'mine', text: 'function on_batch_end(step, logs) { log(\"my/loss\", logs.loss); }' }] }, { runScripts: true }",
        );
        assert_eq!(page.finished(run)["reason"], "completed");
        assert_eq!(page.series(run, "my/loss"), page.series(run, "batch/loss"), "callbacks run in their sandbox");
    });
}
