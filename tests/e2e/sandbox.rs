//! The sandbox of callbacks written in JavaScript: that they are shut in, that what one does costs neither the page nor the
//! training nor another callback, and that they are not run where the browser does not hold the sandbox's policy.

use crate::scripts::{SMALL, console};
use crate::support::{Page, Visit};
use serde_json::{Value, json};

/// The frame, as it is shipped.
const FRAME: &str = include_str!("../../www/sandbox/frame.html");

/// The frame with another script or policy: `changes` are made, and the script is allowed as it then is.
fn changed_frame(changes: &[(&str, &str)]) -> Vec<u8> {
    let (before, rest) = FRAME.split_once("'sha256-").expect("the policy names the script");
    let (_, after) = rest.split_once('\'').expect("the hash ends");
    let mut frame = format!("{before}'unsafe-inline'{after}");
    for (old, new) in changes {
        assert!(frame.contains(old), "the frame has no {old}");
        frame = frame.replace(old, new);
    }
    frame.into_bytes()
}

/// Trains [`SMALL`] with `texts` and a callback that only listens; gives the run and how all of them stand.
fn train_with(page: &Page, texts: &[(&str, &str)]) -> (u64, Vec<Value>) {
    // The first run of a page opens its charts; without the others, it is also what theirs is compared with.
    let (_, alone) = watched_run(page, &[]);
    let (run, longest) = watched_run(page, texts);
    let names: Vec<&str> = texts.iter().map(|(name, _)| *name).collect();
    println!("REPORT longest task of the page {longest} ms with {}; {alone} ms without", names.join(", "));
    let scripts = page.ask("return emberscope.scripts();");
    (run, scripts.as_array().cloned().unwrap_or_default().split_off(1))
}

/// A run of [`train_with`], with the page's longest task meanwhile.
fn watched_run(page: &Page, texts: &[(&str, &str)]) -> (u64, Value) {
    let listener = "let n = 0; function on_batch_end(step) { n += 1; log('calm/n', n); }";
    let scripts: Vec<Value> = [("calm", listener)].iter().chain(texts).map(|(name, text)| json!({ "name": name, "text": text })).collect();
    page.ask("window.watched = e2e.watchFrames();");
    let run = page.start(&format!("{{ ...{SMALL}, scripts: {} }}, {{ runScripts: true }}", json!(scripts)));
    let end = page.finished(run);
    let watched = page.ask("return watched();");
    assert_eq!((&end["reason"], &end["step"]), (&json!("completed"), &json!(28)), "the training goes on");
    let counts: Vec<f32> = (1_u8..=28).map(f32::from).collect();
    assert_eq!(page.series(run, "calm/n"), counts, "the other callback hears of everything");
    assert_eq!(page.number("return document.querySelectorAll('iframe').length;"), 0.0, "nothing of them is left");
    (run, watched["longestTask"].clone())
}

#[test]
fn is_shut_in() {
    // Each refusal is also said in the console.
    let visit = Visit::new().expect_error("Content Security Policy").expect_error("violates the").expect_error("ERR_");
    visit.run(|page| {
        // The frame's policy around a worker that nothing was taken from: what holds is the browser's.
        let script = "addEventListener('message', event => {
            if (self.origin !== 'null') return;
            const worker = new Worker(URL.createObjectURL(new Blob([event.data])));
            worker.onmessage = answer => event.ports[0].postMessage(answer.data);
          });";
        let hash = page.ask(&format!(
            "const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode({}));
             return btoa(String.fromCharCode(...new Uint8Array(digest)));",
            json!(script)
        ));
        let (policy, _) = FRAME.split_once("<title>").expect("the policy comes first");
        let (before, rest) = policy.split_once("'sha256-").expect("the policy names the script");
        let (_, after) = rest.split_once('\'').expect("the hash ends");
        let raw = format!("{before}'sha256-{}'{after}<script>{script}</script>", hash.as_str().unwrap_or_default());
        page.site.put("sandbox/raw.html", raw.into_bytes());
        let found = page.ask(
            "const url = location.href;
             const program = `(async () => {
               const found = {};
               const attempt = async (name, work) => {
                 try { found[name] = 'worked: ' + String(await work()); } catch (thrown) { found[name] = 'refused'; }
               };
               const loaded = (target, open) => new Promise((done, fail) => { target[open] = done; target.onerror = fail; });
               await attempt('fetch', () => fetch('${url}'));
               await attempt('fetch of data', () => fetch('data:text/plain,x'));
               await attempt('XMLHttpRequest', () => { const r = new XMLHttpRequest(); r.open('GET', '${url}'); const p = loaded(r, 'onload'); r.send(); return p; });
               await attempt('WebSocket', () => loaded(new WebSocket('${url}'.replace('http', 'ws')), 'onopen'));
               await attempt('EventSource', () => loaded(new EventSource('${url}'), 'onopen'));
               await attempt('importScripts', () => importScripts('${url}emberscope.js'));
               await attempt('importScripts of a blob', () => importScripts(URL.createObjectURL(new Blob(['1']))));
               await attempt('import', () => import('${url}emberscope.js'));
               await attempt('import of data', () => import('data:text/javascript,export default 1'));
               await attempt('indexedDB', () => { const r = indexedDB.open('a'); return loaded(r, 'onsuccess'); });
               await attempt('caches', () => caches.open('a'));
               await attempt('files', () => navigator.storage.getDirectory());
               await attempt('eval', () => (0, eval)('1'));
               found.origin = self.origin;
               postMessage(found);
             })();`;
             const inside = (file, what, sandbox) => new Promise((done, fail) => {
               const frame = document.createElement('iframe');
               if (sandbox) frame.setAttribute('sandbox', 'allow-scripts');
               frame.src = './sandbox/' + file;
               const { port1, port2 } = new MessageChannel();
               frame.onload = () => frame.contentWindow.postMessage(what, '*', [port2]);
               port1.onmessage = event => { frame.remove(); done(event.data); };
               setTimeout(() => { frame.remove(); sandbox ? fail(new Error('no answer')) : done('no answer'); }, sandbox ? 20000 : 1500);
               document.body.append(frame);
             });
             const found = await inside('raw.html', program, true);
             found.open = await inside('frame.html', { text: '', hooks: [], recorded: [] }, false);
             return found;",
        );
        let found = found.as_object().expect("what was tried");
        assert_eq!((&found["origin"], &found["open"]), (&json!("null"), &json!("no answer")), "a frame with an origin starts nothing");
        let tried: Vec<_> = found.iter().filter(|(name, _)| !["origin", "open"].contains(&name.as_str())).collect();
        assert_eq!(tried.len(), 13);
        for (name, outcome) in tried {
            assert_eq!(outcome, "refused", "{name}");
        }
    });
}

/// The language and what a callback is given: nothing that has threads, ports, timers, memory that is shared, or requests.
const GLOBALS: &str = "AggregateError Array ArrayBuffer AsyncDisposableStack BigInt BigInt64Array BigUint64Array Boolean DataView Date \
    DisposableStack Error EvalError Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Intl Iterator \
    JSON Map Math NaN Number Object PERSISTENT Promise Proxy RangeError ReferenceError Reflect RegExp Set String SuppressedError Symbol \
    SyntaxError TEMPORARY Temporal TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakSet __ready __tick \
    atob btoa console decodeURI decodeURIComponent encodeURI encodeURIComponent escape globalThis isFinite isNaN log on_train_begin \
    parseFloat parseInt performance print queueMicrotask self set_learning_rate stop undefined unescape";

#[test]
fn a_callback_has_the_language_and_nothing_of_the_browser() {
    Visit::new().run(|page| {
        let text = "function on_train_begin() {
              const names = [];
              for (let on = self; on && on !== Object.prototype; on = Object.getPrototypeOf(on)) names.push(...Reflect.ownKeys(on).map(String));
              for (const name of names) print(name);
            }";
        let (_, scripts) = train_with(page, &[("names", text)]);
        let mut found = console(&scripts[0]);
        found.sort_unstable();
        let known: Vec<&str> = GLOBALS.split(' ').filter(|name| !name.is_empty()).collect();
        let strange: Vec<&&str> = found.iter().filter(|name| !known.contains(name)).collect();
        assert!(found.len() > 60 && strange.is_empty(), "{} names, of these strange: {strange:?}", found.len());
    });
}

#[test]
fn what_reaches_through_the_prelude_reaches_nothing() {
    Visit::new().run(|page| {
        let (run, scripts) = train_with(
            page,
            &[
                // Arrays of any length in place of what was logged.
                (
                    "long arrays",
                    "const big = new Float64Array(4e6);
                     Float64Array.from = Float64Array.of = () => big;
                     function on_batch_end(step) { for (let i = 0; i < 24; i++) log('long/' + i, step); }",
                ),
                // Any number of names.
                (
                    "many names",
                    "Object.defineProperty(Map.prototype, 'size', { get: () => 0 });
                     Map.prototype.has = Set.prototype.has = () => true;
                     let n = 0;
                     function on_batch_end() { for (let i = 0; i < 250; i++) log('many/' + n++, 1); }",
                ),
                (
                    "many names, unheard",
                    "let n = 0; function on_batch_end() { for (let i = 0; i < 50; i++) try { log('more/' + n++, 1); } catch {} }",
                ),
                (
                    "methods",
                    "Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => 'mine';
                     Reflect.apply = Reflect.construct = () => { throw 'mine'; };
                     for (const name of ['push', 'slice', 'map', 'join', 'forEach']) Array.prototype[name] = () => { throw 'mine'; };
                     for (const name of ['slice', 'indexOf', 'trim', 'split', 'charCodeAt']) String.prototype[name] = () => 'y'.repeat(1e6);
                     Array.prototype[Symbol.iterator] = null;
                     JSON.stringify = () => 'x'.repeat(1e6);
                     function on_batch_end(step) { log('methods/step', step); if (step === 1) print({ a: 1.23456789 }); }",
                ),
                (
                    "setters",
                    "for (const name of ['0', '1', 'kind', 'prints', 'logged', 'done', 'problem', 'get', 'apply', 'construct', 'steps', 'count'])
                       for (const on of [Object.prototype, Array.prototype])
                         Object.defineProperty(on, name, { get() { return 7; }, set(value) { globalThis.caught = value; } });
                     function on_batch_end(step) { log('setters/step', step); if (step === 28) print(typeof globalThis.caught); }",
                ),
                ("species", "class X extends Float64Array { static get [Symbol.species]() { return Array; } }
                     Object.defineProperty(Float64Array, Symbol.species, { get: () => Array });
                     function on_batch_end(step) { log('species/step', step); }"),
                ("own names", "self.onmessage = self.onerror = self.postMessage = () => {};
                     const JSON = 1, Reflect = 2, performance = 3, Error = 4, console = 5;
                     function on_batch_end(step) { log('own/step', step); }"),
            ],
        );
        let steps: Vec<f32> = (1_u8..=28).map(f32::from).collect();
        for name in ["long/0", "long/23", "methods/step", "setters/step", "species/step", "own/step"] {
            assert_eq!(page.series(run, name), steps, "{name}");
        }
        let count = |root: &str| {
            page.number(&format!("return Object.keys(emberscope.history({run})).filter(name => name.startsWith('{root}/')).length;"))
        };
        assert_eq!((count("long"), count("many"), count("more")), (24.0, 24.0, 24.0));
        let states: Vec<&Value> = scripts.iter().map(|script| &script["state"]).collect();
        assert_eq!(states, ["on", "broken", "on", "on", "on", "on", "on"], "{scripts:?}");
        assert_eq!(scripts[1]["problem"], "Error: log(\"many/24\", …): one callback can log 24 series");
        assert_eq!((console(&scripts[3]), console(&scripts[4])), (vec!["{\"a\":1.23457}"], vec!["undefined"]));
    });
}

#[test]
fn what_runs_when_no_hook_does_is_noticed_or_not_there() {
    Visit::new().run(|page| {
        let (_, scripts) = train_with(
            page,
            &[
                ("promises", "const f = () => Promise.resolve().then(f); function on_batch_end(step) { if (step === 5) f(); }"),
                ("an endless async hook", "async function on_epoch_end() { for (;;) await null; }"),
                ("later", "async function on_batch_end(step) { await null; if (step === 3) null.x; }"),
                ("in time", "async function on_train_end() { await null; log('in/time', 1); }"),
            ],
        );
        let problems: Vec<&str> = scripts.iter().map(|script| script["problem"].as_str().unwrap_or("none")).collect();
        assert!(problems[0].starts_with("on_batch_end has not come back for 2 s"), "{problems:?}");
        assert!(
            problems[1].starts_with("took longer than its 250 ms") || problems[1].starts_with("on_epoch_end has not come"),
            "{problems:?}"
        );
        assert!(problems[2].starts_with("TypeError: "), "{problems:?}");
        assert_eq!(problems[3], "none");

        let refused = |text: &str, words: &str| {
            let thrown = page.attempt(&format!("return emberscope.setScript('mine', {}, true);", json!(text))).expect_err(text);
            assert!(thrown["message"].as_str().is_some_and(|message| message.contains(words)), "{thrown}");
        };
        let channel = "const c = new MessageChannel(); c.port1.onmessage = () => c.port2.postMessage(0); c.port2.postMessage(0);";
        refused(channel, "MessageChannel is not defined");
        refused("const f = () => requestAnimationFrame(f); f();", "requestAnimationFrame is not defined");
        refused("const f = () => import('data:,').catch(f); f();", "import is not there");
        refused("const f = () => queueMicrotask(f); f();", "its part outside of hooks");
        refused("function Reflect() {}", "Reflect is a name of the browser's");
    });
}

#[test]
fn a_callback_that_gives_no_sign_of_life_is_switched_off() {
    Visit::new().run(|page| {
        // A worker that is gone or stuck while no hook is called: here one that hears of tables only.
        page.site.put(
            "sandbox/frame.html",
            changed_frame(&[("if (told.kind === \"ping\") return", "if (told.kind === \"ping\") return 0; if (false) return")]),
        );
        let scripts = json!([{ "name": "gone", "text": "function on_train_end() {}" }]);
        page.ask(&format!("await emberscope.start({{ ...{SMALL}, scripts: {scripts} }}, {{ runScripts: true }}); emberscope.pause();"));
        page.until("emberscope.scripts()[0].state === 'broken'", 20);
        let problem = page.ask("return emberscope.scripts()[0].problem;");
        let words = "it has not answered for 2 s, while no hook was called";
        assert!(problem.as_str().is_some_and(|problem| problem.starts_with(words)), "{problem}");
        page.ask("emberscope.resume();");
        let end = page.finished(1);
        assert_eq!((&end["reason"], &end["step"]), (&json!("completed"), &json!(28)), "the training goes on");
    });
}

#[test]
fn whatever_is_thrown_or_printed_is_told_in_few_words() {
    Visit::new().run(|page| {
        let (_, scripts) = train_with(
            page,
            &[
                ("throws what throws", "function on_batch_end() { throw { get message() { throw 1; }, get stack() { throw 2; }, toString() { throw 3; }, toJSON() { throw 4; } }; }"),
                ("throws a proxy", "function on_batch_end() { throw new Proxy(new Error('x'), { get(on) { throw on; }, getPrototypeOf(on) { throw on; } }); }"),
                ("a huge error", "function on_batch_end() { const e = new Error('m'.repeat(5e7)); e.name = 'n'.repeat(300); e.stack = 's'.repeat(5e7); throw e; }"),
                ("stacks of its own", "Error.prepareStackTrace = () => { throw 1; }; function on_batch_end() { null.x; }"),
                ("prints much", "function on_batch_end(step) { if (step === 1) { print('x'.repeat(5e7)); print('y', 'z'.repeat(5e7)); } else for (let n = 0; n < 250; n++) print(n); }"),
                ("prints what throws", "function on_train_begin() { print({ toJSON() { throw 1; }, toString() { throw 2; } }, Object.create(null), Symbol('s'), 7n); }"),
                ("a long reason", "function on_train_end() { stop('r'.repeat(5e7)); }"),
            ],
        );
        let problem = |index: usize| scripts[index]["problem"].as_str().unwrap_or("none");
        assert_eq!((problem(0), problem(1)), ("threw (object without a text)", "it threw something that cannot be told"));
        assert!(problem(2).starts_with("nnnn") && problem(2).len() == 500, "{}", problem(2).len());
        assert!(problem(3).starts_with("TypeError: Cannot read"), "{}", problem(3));
        assert_eq!((problem(4), problem(5), problem(6)), ("none", "none", "none"));
        assert_eq!(console(&scripts[4]).len(), 200);
        assert_eq!(console(&scripts[5]), ["(object without a text) {} Symbol(s) 7"]);
        let longest = scripts.iter().flat_map(console).map(str::len).max();
        assert!(longest.is_some_and(|longest| longest <= 600), "{longest:?}");
    });
}

#[test]
fn gigabytes_in_arrays_end_the_callback_and_not_the_page() {
    Visit::new().run(|page| {
        let (run, scripts) = train_with(
            page,
            &[
                ("keeps", "const kept = []; function on_batch_end() { kept.push(new Uint8Array(4e7).fill(1)); }"),
                ("keeps silently", "const kept = []; function on_batch_end() { try { kept.push(new Float64Array(1e7)); } catch {} }"),
                (
                    "copies",
                    "const kept = [], one = new Float64Array(5e6); one.constructor = undefined;
                     function on_batch_end(step) { kept.push(step % 2 ? one.toSorted() : one.slice()); }",
                ),
                ("grows", "const kept = []; function on_batch_end() { const b = new ArrayBuffer(8, { maxByteLength: 1e8 }); b.resize(1e8); kept.push(b); }"),
                (
                    "takes and drops",
                    "function on_batch_end(step) { log('sum', new Float64Array(4e6).fill(step)[5]); }",
                ),
            ],
        );
        for script in &scripts[..4] {
            assert_eq!(script["problem"], "takes more than 512 MB in arrays of numbers", "{script}");
        }
        assert_eq!(scripts[4]["state"], "on", "what is not kept is not counted: {}", scripts[4]);
        assert_eq!(page.series(run, "sum").len(), 28);
    });
}

#[test]
fn the_page_cuts_to_size_whatever_the_frame_lets_through() {
    let cleaned = "port.postMessage(clean(data))";
    let much = "port.postMessage(data.kind !== 'report' ? data : {
        ...data, prints: Array(5000).fill('p'.repeat(2000)), unprinted: 1e300, spentMs: -1,
        logged: Array.from({ length: 200 }, (_, n) => ['x/' + Math.random(), Float64Array.from({ length: 5000 }, (_, n) => n), new Float64Array(5000)]) })";
    let flood = "for (let n = 0; n < 1000; n++) port.postMessage(data)";
    Visit::new().run(|page| {
        page.site.put("sandbox/frame.html", changed_frame(&[(cleaned, much)]));
        let scripts = json!([{ "name": "mine", "text": "function on_batch_end() {}" }]);
        let run = page.start(&format!("{{ ...{SMALL}, scripts: {scripts} }}, {{ runScripts: true }}"));
        page.finished(run);
        let logged = page.ask(&format!(
            "return Object.entries(emberscope.history({run})).filter(([name]) => name.startsWith('x/')).map(([, series]) => series.step.at(-1));"
        ));
        let logged = logged.as_array().cloned().unwrap_or_default();
        assert_eq!(logged.len(), 24, "names");
        assert!(logged.iter().all(|last| last.as_f64().is_some_and(|last| last <= 28.0)), "nothing beyond the run's steps: {logged:?}");
        let script = page.ask("return emberscope.scripts()[0];");
        let lines = console(&script);
        assert!(lines.len() == 200 && lines.iter().all(|line| line.len() <= 600), "{} lines", lines.len());

        page.site.put("sandbox/frame.html", changed_frame(&[(cleaned, flood)]));
        let thrown = page.attempt("return emberscope.setScript('mine', 'null.x', true);").expect_err("a failure, said a thousand times");
        assert!(thrown["message"].as_str().is_some_and(|message| message.contains("TypeError")), "{thrown}");
        let run = page.start(&format!("{{ ...{SMALL}, scripts: {scripts} }}, {{ runScripts: true }}"));
        page.finished(run);
        let problem = page.ask("return emberscope.scripts()[0].problem;");
        assert_eq!(problem, "it sends messages that nobody asked for");
    });
}

#[test]
fn no_text_runs_where_the_policy_does_not_hold() {
    // A policy that lets the request through, for the frame and its worker; then one where only the worker finds out.
    let open = ("worker-src blob:", "worker-src blob:; connect-src data:");
    let blind = ("await fetch(\"data:,\").then(() => true, () => false)", "false");
    Visit::new().run(|page| {
        for changes in [&[open][..], &[open, blind]] {
            page.site.put("sandbox/frame.html", changed_frame(changes));
            let thrown = page.attempt("return emberscope.setScript('mine', 'throw new Error(\"it ran\")', true);").expect_err("refused");
            assert_eq!(thrown["code"], "script");
            let words = "callbacks are not run here: a request that the sandbox must refuse went through";
            assert!(thrown["message"].as_str().is_some_and(|message| message.contains(words)), "{thrown}");
            assert_eq!(page.ask("return emberscope.scripts()[0].state;"), "broken");
        }
        // The changed frame is not what refuses.
        page.site.put("sandbox/frame.html", changed_frame(&[]));
        page.ask("await emberscope.setScript('mine', 'function on_epoch_end() {}', true);");
    });
}
