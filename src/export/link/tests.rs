//! Links round trip, stay what they were, and do no harm.

use super::*;
use crate::domain::callback::spec::CallbackSpec;
use crate::domain::run::config::OptimizerSpec;
use crate::domain::run::preset;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;

fn loads(link: &str) -> RunConfig {
    decode(link).expect("there is a link").unwrap_or_else(|error| panic!("{link}: {error}"))
}

fn refuses(link: &str, says: &str) {
    let error = decode(link).expect("there is a link").expect_err(link).to_string();
    assert!(error.contains(says), "{error}");
}

/// The text after `c=1.` for any JSON.
fn packed(json: &[u8]) -> String {
    pack(json)["1.".len()..].to_owned()
}

fn rich() -> RunConfig {
    let mut config = preset::config("planar").unwrap();
    config.callbacks = CallbackSpec::menu();
    // Not those that would be in each other's way.
    config.callbacks.truncate(3);
    config.optimizer = OptimizerSpec::Sgd { learning_rate: 0.05, momentum: 0.9 };
    config
}

/// Links of version 1, as they were written, with all that they meant. They must load for ever, and mean the same:
/// never change an entry; a new form of the configuration is made of the old one in `read_1`.
const RECORDED_1: [(&str, &str); 3] = [
    (
        "c=1.eNqrrgUAAXUA-Q",
        r#"{"data":{"name":"digits","samples":12000},"model":{"layers":[{"type":"conv2d","filters":16,"kernel":3,"stride":1,"padding":"valid"},{"type":"relu"},{"type":"max_pool2d","size":2},{"type":"conv2d","filters":32,"kernel":3,"stride":1,"padding":"valid"},{"type":"relu"},{"type":"max_pool2d","size":2},{"type":"flatten"},{"type":"dense","units":64},{"type":"relu"}]},"loss":"cross_entropy","optimizer":{"name":"adam","learningRate":0.001,"beta1":0.9,"beta2":0.999,"epsilon":1e-7},"batchSize":64,"epochs":5,"seed":1,"validation":0.15,"shuffle":true,"device":"auto","monitors":{"every":20,"activationSamples":16},"callbacks":[],"diagnosis":{"enabled":true,"streak":4,"streakSteps":40,"lossWindow":10,"leastBatches":300,"stillHigh":0.7,"leastFall":0.01,"explodingFactor":20.0,"explodingNorm":10.0,"vanishingRatio":0.001,"lossRise":1.5,"lossRiseLost":10.0,"lossSwing":0.5,"updateRatioHigh":0.1,"updateRatioLow":0.00001,"deadShare":0.75,"deadShareLost":0.95,"deadSamples":16,"saturatedShare":0.6,"overfitEpochs":3,"overfitRise":0.1,"overfitRiseNats":0.05,"underfitEpochs":8,"underfitFall":0.01,"underfitSkill":0.5,"noLearning":0.02,"noLearningSkill":0.1,"imbalance":4.0,"imbalanceSevere":20.0,"batchMix":0.5}}"#,
    ),
    (
        "c=1.eNqNUcFOwzAM_RefK-jGQGJHBHwAIDigqfJaa43mJlHiTCpT_x17VBU3OEX2e_F7fj7DHqXtX90XwfZmXUGLzHtsjxm2n2cFM7HzivnCXMHg_COxIGzrq1rL0CkEWCSAVd5JSNo4IV9zyFmbHgejECYemywhRucP2o8ojnxrqhUkUiTRgz4f5A69qLqkQhVkwSTPKQxPMbS9yk7VGZzqOOR35EJvvX7uA3eLxX97MiY3bU_tMQbnRZGMJ0P2agRMaWYKJd0chZrgG48epl0FHVoOCydHl5BtenCZLKCVzRsik26zrmu1DmRbaLmZw2MbwDhS-slbxmizOvI6ooKi5hVY3ZmXGUvEBX7Vf3N305JDNj06URqVeXEUorhBr58uTvRMXu_zoqteTnxrPwfyUgar75fs8qFTE5CJNPjNevoGaXTDcA",
        r#"{"data":{"name":"spiral","samples":2000,"noise":0.1},"model":{"layers":[{"type":"dense","units":16},{"type":"relu"},{"type":"dense","units":16},{"type":"relu"}]},"loss":"cross_entropy","optimizer":{"name":"sgd","learningRate":0.05,"momentum":0.9},"batchSize":32,"epochs":40,"seed":42,"validation":0.15,"shuffle":true,"device":"auto","monitors":{"every":100,"activationSamples":16},"callbacks":[{"name":"early_stopping","monitor":"val/loss","mode":"auto","minDelta":0.0,"patience":3,"baseline":null,"startFromEpoch":0,"restoreBestWeights":true},{"name":"model_checkpoint","save":"best","monitor":"val/loss","mode":"auto","initialValueThreshold":null},{"name":"terminate_on_nan"}],"diagnosis":{"enabled":true,"streak":4,"streakSteps":40,"lossWindow":10,"leastBatches":300,"stillHigh":0.7,"leastFall":0.01,"explodingFactor":20.0,"explodingNorm":10.0,"vanishingRatio":0.001,"lossRise":1.5,"lossRiseLost":10.0,"lossSwing":0.5,"updateRatioHigh":0.1,"updateRatioLow":0.00001,"deadShare":0.75,"deadShareLost":0.95,"deadSamples":16,"saturatedShare":0.6,"overfitEpochs":3,"overfitRise":0.1,"overfitRiseNats":0.05,"underfitEpochs":8,"underfitFall":0.01,"underfitSkill":0.5,"noLearning":0.02,"noLearningSkill":0.1,"imbalance":4.0,"imbalanceSevere":20.0,"batchMix":0.5}}"#,
    ),
    (
        "c=1.eNpNjtEKwjAMRf8lz0XmBJH9ivgQ1qjF2pQ0HYzRfzf1Yez13HtPsoGnJcwEE8y5ggMf8JW4hALTBkWF8APTtTmgzPPb6Hlw8GVPsRciriQG7xvomrvlGVGVEjS3I0-pkKlrCtoF462HgmrhcLq4vSecuepxKhQrtEfrJ23N8n-LFpLVtoYXjMGjBk7dNbYfHiVFCg",
        r#"{"data":{"name":"digits","samples":12000},"model":{"layers":[{"type":"flatten"},{"type":"dense","units":128},{"type":"dropout","rate":0.3},{"type":"relu"}]},"loss":"cross_entropy","optimizer":{"name":"adam","learningRate":0.001,"beta1":0.9,"beta2":0.999,"epsilon":1e-7},"batchSize":64,"epochs":10,"seed":1,"validation":0.2,"shuffle":true,"device":"cpu","monitors":{"every":0,"activationSamples":16},"callbacks":[],"diagnosis":{"enabled":true,"streak":6,"streakSteps":40,"lossWindow":10,"leastBatches":300,"stillHigh":0.7,"leastFall":0.01,"explodingFactor":20.0,"explodingNorm":10.0,"vanishingRatio":0.001,"lossRise":1.5,"lossRiseLost":10.0,"lossSwing":0.5,"updateRatioHigh":0.1,"updateRatioLow":0.00001,"deadShare":0.75,"deadShareLost":0.95,"deadSamples":16,"saturatedShare":0.6,"overfitEpochs":3,"overfitRise":0.1,"overfitRiseNats":0.05,"underfitEpochs":8,"underfitFall":0.01,"underfitSkill":0.5,"noLearning":0.02,"noLearningSkill":0.1,"imbalance":4.0,"imbalanceSevere":20.0,"batchMix":0.5}}"#,
    ),
];

#[test]
fn links_of_version_1_mean_what_they_meant() {
    for (link, meant) in RECORDED_1 {
        // Not by way of any default of today: each value that version 1 knew is compared as text.
        let (loaded, meant): (Value, Value) = (serde_json::from_str(&loads(link).to_json()).unwrap(), serde_json::from_str(meant).unwrap());
        assert_contains(&loaded, &meant, link);
    }
}

/// Every value of `meant` is in `loaded`; later versions may have added others.
fn assert_contains(loaded: &Value, meant: &Value, place: &str) {
    match meant {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| assert_contains(&loaded[key], value, &format!("{place}/{key}"))),
        Value::Array(values) => {
            assert_eq!(loaded.as_array().map(Vec::len), Some(values.len()), "{place}");
            values.iter().enumerate().for_each(|(index, value)| assert_contains(&loaded[index], value, &format!("{place}/{index}")));
        }
        _ => assert_eq!(loaded, meant, "{place}"),
    }
}

#[test]
fn every_preset_round_trips_in_a_short_link() {
    for preset in preset::all() {
        let link = encode(&preset.config).unwrap();
        println!("{}: {} characters", preset.name, link.len());
        assert_eq!(loads(&link), preset.config);
        assert!(link.len() < 400, "{link}");
        assert!(link.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"=.-_".contains(&byte)), "{link}");
    }
    let rich = rich();
    assert_eq!(loads(&encode(&rich).unwrap()), rich);
}

#[test]
fn links_survive_what_programs_do_to_them() {
    let config = preset::config("mlp").unwrap();
    let link = encode(&config).unwrap();
    for passed_on in [format!("#{link}"), format!("#{}", link.replacen('=', "%3D", 1)), format!("#x=2&{link}&utm=mail")] {
        assert_eq!(loads(&passed_on), config, "{passed_on}");
    }
    for other in ["", "#", "#run-bar", "#chart-loss", "#cc=1.x", "#a=c"] {
        assert!(decode(other).is_none(), "{other}");
    }
}

#[test]
fn a_link_that_is_wrong_is_refused_in_words() {
    let good = encode(&rich()).unwrap();
    refuses("#c=", "damaged");
    refuses("#c=1.", "damaged");
    refuses("#c=1.%%%", "damaged");
    refuses("#c=x.abc", "damaged");
    refuses("#c=0.abc", "too old");
    refuses("#c=2.abc", "format 2");
    refuses(&format!("#c=1.{}", "A".repeat(MOST_CHARACTERS + 1)), "has 16001 characters");
    for cut in [1, 2, 9, good.len() / 2] {
        refuses(&good[..good.len() - cut], "damaged");
    }
    refuses(&format!("c=1.{}", packed(b"[1, 2]")), "damaged");
    refuses(&format!("c=1.{}", packed(br#"{"epochs":0}"#)), "epochs is 0");
    refuses(&format!("c=1.{}", packed(br#"{"epoch":3}"#)), "unknown field `epoch`");
    refuses(&format!("c=1.{}", packed(br#"{"-":["data"]}"#)), "missing field `data`");
    refuses(&format!("c=1.{}", packed(br#"{"data":{"name":"loaded","id":"mine"}}"#)), "your own files");
}

#[test]
fn a_link_that_unpacks_to_a_flood_is_refused() {
    // 12 MB of spaces in 12 kB: unpacked only as far as the limit.
    let mut json = vec![b' '; 12_000_000];
    json.extend(b"{}");
    let data = packed(&json);
    assert!(data.len() <= MOST_CHARACTERS, "{}", data.len());
    refuses(&format!("c=1.{data}"), "unpacks to too much");
    // Nested deeper than any configuration: refused, not a stack that overflows.
    let deep = format!("{}{}", r#"{"a":"#.repeat(20_000), "1");
    refuses(&format!("c=1.{}", packed(deep.as_bytes())), "damaged");
}

#[test]
fn what_does_not_fit_into_a_link_says_so() {
    let mut config = preset::config("mlp").unwrap();
    config.data = DataSpec::Loaded { id: "mine".into() };
    assert!(encode(&config).unwrap_err().to_string().contains("own files"));
    let mut config = preset::config("mlp").unwrap();
    let units = (0..9_000_usize).map(|n| crate::domain::model::LayerSpec::Dense { units: 1 + n * 7_919 % 16_384 });
    config.model.layers = units.collect();
    assert!(encode(&config).unwrap_err().to_string().contains("save it as a file"));
}

proptest! {
    #[test]
    fn no_text_is_a_panic(text in "\\PC{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&text);
        let _ = decode(&format!("#c=1.{text}"));
        let _ = decode(&format!("#c=1.{}", URL_SAFE_NO_PAD.encode(&bytes)));
        let _ = decode(&format!("#c=1.{}", packed(&bytes)));
    }

    #[test]
    fn one_altered_character_is_noticed(position in 0_usize..1_000, letter in "[A-Za-z0-9_-]") {
        let good = encode(&rich()).unwrap();
        let position = 4 + position % (good.len() - 4);
        let mut altered = good.clone();
        altered.replace_range(position..=position, &letter);
        // A few bits before the checksum mean nothing; whatever they are, the configuration is the same.
        prop_assert!(decode(&altered).is_some_and(|read| read.is_err() || read.is_ok_and(|config| config == rich())));
    }

    #[test]
    fn any_change_of_values_comes_back(
        epochs in 1_u32..10_000, seed: u32, batch_size in 1_usize..4096, validation in 1_u32..90, rate in 0_u32..1_000_000_000, every in 0_u32..=1_000_000_000,
    ) {
        let mut config = preset::config("cnn").unwrap();
        (config.epochs, config.seed, config.batch_size, config.validation, config.monitors.every) = (epochs, seed, batch_size, f64::from(validation) / 100.0, every);
        // As people write numbers. Of 17 digits the last bit may change: serde_json reads fast, not exactly.
        *config.optimizer.learning_rate_mut() = f64::from(rate) / 1e6;
        prop_assert_eq!(loads(&encode(&config).unwrap()), config);
    }
}
