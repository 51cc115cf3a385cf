//! Every call of `window.emberscope` with arguments that it cannot take: it returns, throws or rejects with code and words,
//! soon, and the page trains on.

use crate::support::Visit;
use serde_json::{Value, json};

/// What the page is asked with: odd values, each under a name.
const ODD: &str = r#"
    const thrower = new Proxy({}, Object.fromEntries(['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor']
        .map(trap => [trap, () => { throw new Error('a trap'); }])));
    const throwingList = new Proxy([1], { get() { throw new Error('a trap'); } });
    const revoked = Proxy.revocable([], {}); revoked.revoke();
    const detached = new Float32Array(4); structuredClone(detached, { transfer: [detached.buffer] });
    const detachedBytes = new Uint8Array(4); structuredClone(detachedBytes, { transfer: [detachedBytes.buffer] });
    const detachedBuffer = new ArrayBuffer(4); structuredClone(detachedBuffer, { transfer: [detachedBuffer] });
    const cyclic = {}; cyclic.self = cyclic;
    window.odd = {
        undefined: undefined, null: null, NaN: NaN, Infinity: Infinity, 'minus 1': -1, '1e9': 1e9, '1.5': 1.5, '2^53': 2 ** 53, true: true,
        'an empty text': '', 'a text': 'x', 'a text in a list': ['x'], 'an empty object': {}, 'an empty list': [], 'a nested list': [[1]],
        'a list with holes': [1, , 3], 'a list of null': [null], 'a list of NaN': [NaN], 'a symbol': Symbol('s'), 'a BigInt': 7n,
        'a function': () => 1, 'a class': class {}, 'a date': new Date(0), 'a set': new Set([1]), 'a promise': Promise.resolve(1),
        Int8Array: new Int8Array([1]), Uint8Array: new Uint8Array([1]), Float64Array: new Float64Array([1]), 'Float32Array of NaN': new Float32Array([NaN]),
        BigInt64Array: new BigInt64Array([1n]), DataView: new DataView(new ArrayBuffer(8)), ArrayBuffer: new ArrayBuffer(8), Blob: new Blob(['x']),
        'a detached array': detached, 'detached bytes': detachedBytes, 'a detached buffer': detachedBuffer, 'a proxy that throws': thrower,
        'a list that throws': throwingList, 'a revoked proxy': revoked.proxy, 'a cyclic object': cyclic, 'an element': document.body,
    };
    window.described = { config: emberscope.defaultConfig('softmax') };
"#;

/// Calls one function of the API with each odd value in each place, and returns what did not settle as it should.
const ASK: &str = r#"
    const settle = async (what, act) => {
        let outcome;
        try {
            const value = act();
            outcome = value instanceof Promise ? await Promise.race([
                value.then(() => null, thrown => thrown ?? 'nothing'),
                new Promise(done => setTimeout(() => done('it has not settled'), 60e3)),
            ]) : null;
        } catch (thrown) { outcome = thrown ?? 'nothing'; }
        if (outcome !== null && !(typeof outcome.code === 'string' && typeof outcome.message === 'string' && outcome.message !== ''))
            wrong.push(`${what}: ${typeof outcome === 'object' ? outcome.constructor?.name + ' ' + outcome.message : String(outcome)}`);
        counted += 1;
        // What has begun by it is ended: the configuration of the setup is a good one.
        if (emberscope.runs().some(run => ['starting', 'running', 'paused'].includes(run.state))) {
            emberscope.cancelSeeds();
            emberscope.stop('enough');
            await emberscope.finished(emberscope.runs().at(-1).id).catch(() => {});
        }
    };
    const wrong = []; let counted = 0;
    const call = emberscope[name], run = window.run, good = [run, emberscope.config(), 'on_batch_end'];
    for (const [what, value] of Object.entries(odd)) {
        await settle(`${name}(${what})`, () => call(value));
        await settle(`${name}(good, ${what})`, () => call(good[0], value));
        await settle(`${name}(${what} five times)`, () => call(value, value, value, value, value));
    }
    for (const value of good) await settle(`${name} with a good second argument`, () => call(value, value));
    await settle(`${name}()`, () => call());
    return [counted, wrong];
"#;

#[test]
fn every_call_settles_whatever_it_is_given_and_the_page_trains_on() {
    Visit::new().run(|page| {
        page.ask(ODD);
        let small = "{ ...emberscope.defaultConfig('softmax'), data: { name: 'digits', samples: 60 }, epochs: 1, device: 'cpu' }";
        let run = page.start(small);
        page.finished(run);
        page.ask(&format!("window.run = {run};"));
        let names = page.ask("return Object.keys(emberscope).filter(name => typeof emberscope[name] === 'function');");
        let names: Vec<&str> = names.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert!(names.len() > 35, "{names:?}");
        let (mut calls, mut wrong) = (0, Vec::new());
        // What takes runs away comes last.
        let (last, first): (Vec<&str>, Vec<&str>) = names.into_iter().partition(|name| ["delete", "reset"].contains(name));
        for name in first.into_iter().chain(last) {
            let outcome = page.ask(&format!("const name = {name:?};{ASK}"));
            calls += outcome[0].as_u64().unwrap_or_default();
            wrong.extend(outcome[1].as_array().into_iter().flatten().map(Value::to_string));
        }
        println!("{calls} calls");
        assert!(wrong.is_empty(), "{} calls went wrong:\n{}", wrong.len(), wrong.join("\n"));
        page.ask("for (const script of emberscope.scripts()) await emberscope.setScript(script.name, null);");
        let run = page.start(small);
        assert_eq!(page.finished(run)["reason"], "completed");
        assert!(page.number("return (await emberscope.predict(new Float32Array(784))).length;") > 0.0);
    });
}

#[test]
fn a_refusal_says_what_was_given_and_what_to_give() {
    Visit::new().run(|page| {
        let refuses = |call: &str, message: &str, hint: &str| {
            let thrown = page.attempt(&format!("return emberscope.{call};")).expect_err(call);
            for (part, words) in [("message", message), ("hint", hint)] {
                assert!(thrown[part].as_str().is_some_and(|text| text.contains(words)), "{call}: no {words:?} in the {part} of {thrown}");
            }
        };
        refuses("predict(undefined)", "the samples are undefined", "Float32Array");
        refuses("predict(null)", "the samples are null", "Float32Array");
        refuses("predict([1, 'two'])", "number 1 of the samples is the text \"two\"", "finite numbers");
        refuses("predict([1, , 3])", "number 1 of the samples is undefined", "finite numbers");
        refuses("predict([[1], [2]])", "number 0 of the samples is of type object", "finite numbers");
        refuses("predict(new Float32Array([0, NaN]))", "number 1 of the samples is not finite", "finite numbers");
        refuses("predict([1e300])", "number 0 of the samples is not finite, or too large", "finite numbers");
        refuses("step(0.5)", "the number of batches is 0.5, not a whole number", "step(1)");
        refuses("stop(7)", "the reason is 7", "a text");
        refuses("set(undefined)", "there is nothing to set", "learningRate");
        refuses("start(undefined, 7)", "the second argument of start is 7", "runScripts");
        refuses("start(undefined, { runscripts: true })", "has no \"runscripts\"", "runScripts");
        refuses("history(1.5)", "the run's id is 1.5", "start()");
        refuses("pin(1, 'yes')", "the second argument is the text \"yes\"", "true or false");
        refuses("keepCheckpoint(7)", "the checkpoint's name is 7", "a text");
        refuses("export(1, 'csv', { weights: 'best' })", "has no weights to choose", "safetensors");
        let run = page.start("{ ...emberscope.defaultConfig('softmax'), data: { name: 'digits', samples: 60 }, epochs: 1, device: 'cpu' }");
        page.finished(run);
        refuses("history(1, [7])", "names[0] is 7", "a text");
        // Numbers in arrays of any kind are numbers.
        let same = "const lists = [Array.from({ length: 784 }, (_, i) => i % 2)];
            for (const kind of [Float32Array, Float64Array, Int8Array, Uint16Array]) lists.push(kind.from(lists[0]));
            const all = [];
            for (const list of lists) all.push(Array.from(await emberscope.predict(list)).join());
            return new Set(all).size;";
        assert_eq!(page.ask(same), json!(1));
    });
}
