//! The device that `auto` takes where there is no usable GPU, and the reason on the page. The words are those of
//! `domain::device`, asked there, so that this test knows no copy of them.

use crate::support::{Flags, Page, Visit};
use emberscope::domain::run::device::{Adapter, GpuProbe, gpu_obstacle};

const NO_WEBGPU: &str = "Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined, configurable: true });";
const NULL_ADAPTER: &str =
    "Object.defineProperty(Navigator.prototype, 'gpu', { get: () => ({ requestAdapter: async () => null }), configurable: true });";
/// The links of Trunk that `cargo xtask serve` leaves in the page for workers that it has not built yet.
const BEING_BUILT: &str = "document.addEventListener('readystatechange', () => {
    if (document.readyState !== 'interactive') return;
    for (const bin of ['worker_gpu', 'worker_ndarray']) {
        const link = document.createElement('link');
        link.dataset.bin = bin;
        document.head.append(link);
    }
});";

/// The badge says `why` before and while `auto` trains on the CPU, and `webgpu` by name is refused if `refused`.
fn trains_on_the_cpu(page: &Page, why: &str) {
    page.until("!e2e.text('#device-badge').startsWith('looking')", 20);
    assert_eq!(page.text("#device-badge"), format!("CPU · {why}"));
    assert_eq!(page.text("#device-plan"), format!("Will train on the CPU: {why}."));
    let config = "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 500 }, epochs: 1 }";
    let run = page.start(config);
    page.finished(run);
    let capabilities = page.ask("return emberscope.capabilities();");
    assert_eq!((capabilities["chosen"].as_str(), capabilities["why"].as_str()), (Some("cpu"), Some(why)));
    let devices = capabilities["devices"].as_array().expect("a list");
    let cpu = devices.iter().find(|device| device["id"] == "cpu").and_then(|device| device["name"].as_str()).expect("there is a CPU");
    let recorded = page.ask("return e2e.lastRun();");
    assert_eq!((recorded["device"].as_str(), recorded["why"].as_str()), (Some(cpu), Some(why)));
    assert_eq!(page.text("#device-badge"), format!("{cpu} · {why}"));
}

fn refuses_webgpu_by_name(page: &Page, why: &str) {
    let refusal = page.attempt("return emberscope.start({ ...emberscope.defaultConfig('mlp'), device: 'webgpu' });").unwrap_err();
    assert_eq!(refusal["code"], "device_unavailable");
    assert!(refusal["message"].as_str().is_some_and(|message| message.contains(why)), "{refusal}");
}

#[test]
fn without_webgpu_auto_trains_on_the_cpu_and_says_so() {
    Visit::new().script(NO_WEBGPU).run(|page| {
        let why = gpu_obstacle(&GpuProbe::Missing { secure: true }).expect("an obstacle");
        trains_on_the_cpu(page, &why);
        refuses_webgpu_by_name(page, &why);
    });
}

#[test]
fn on_an_insecure_origin_auto_trains_on_the_cpu_and_says_that_https_is_missing() {
    Visit::new().host("emberscope.test").run(|page| {
        assert_eq!(page.ask("return isSecureContext;"), false);
        trains_on_the_cpu(page, &gpu_obstacle(&GpuProbe::Missing { secure: false }).expect("an obstacle"));
    });
}

#[test]
fn with_a_null_adapter_auto_trains_on_the_cpu_and_says_so() {
    Visit::new().script(NULL_ADAPTER).run(|page| {
        let why = gpu_obstacle(&GpuProbe::NoAdapter).expect("an obstacle");
        trains_on_the_cpu(page, &why);
        refuses_webgpu_by_name(page, &why);
    });
}

#[test]
fn with_only_a_software_adapter_auto_trains_on_the_cpu_and_says_so() {
    Visit::new().flags(Flags::WithWebGpu).run(|page| {
        if !page.has_gpu("the software adapter") {
            return;
        }
        let info =
            page.ask("const { vendor, architecture } = (await navigator.gpu.requestAdapter()).info; return { vendor, architecture };");
        let word = |key: &str| info[key].as_str().unwrap_or_default().to_owned();
        let adapter = Adapter { vendor: word("vendor"), architecture: word("architecture"), ..Adapter::default() };
        println!("adapter: {}", adapter.title());
        let why = gpu_obstacle(&GpuProbe::Adapter(Adapter { fallback: true, timestamps: true, ..adapter })).expect("an obstacle");
        trains_on_the_cpu(page, &why);
    });
}

#[test]
fn a_worker_that_is_still_being_built_is_said_to_be_that() {
    Visit::new().script(BEING_BUILT).expect_error("worker_ndarray").run(|page| {
        let why = gpu_obstacle(&GpuProbe::BeingBuilt).expect("an obstacle");
        trains_on_the_cpu(page, &why);
        refuses_webgpu_by_name(page, &why);
        let loader = page.site.loader("worker_ndarray");
        page.site.hide(&loader);
        let config = "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 500 }, epochs: 1, device: 'ndarray' }";
        page.start(config);
        page.until("e2e.text('#phase') === 'Failed'", 30);
        let notice = page.text("#notices");
        assert!(notice.contains("worker_ndarray was still being built") && notice.to_lowercase().contains("reload the page"), "{notice}");
        // Once it is there, the same page can have it.
        page.site.restore(&loader);
        let run = page.start(config);
        assert_eq!(page.finished(run)["reason"], "completed");
    });
}
