//! What is written is read again, to the bit; what is damaged is refused with its line, whatever the damage.

use super::*;
use crate::error::Code;
use crate::export::record::{Ending, Imported};
use crate::export::{samples, to_bytes};
use proptest::prelude::*;

pub(super) fn written(run: &Imported) -> Vec<u8> {
    let columns = run.columns();
    to_bytes(&mut JsonlExport::new(run.head.clone(), &columns), &columns).unwrap()
}

fn read(bytes: &[u8]) -> crate::error::Result<Imported> {
    let mut reader = Reader::new();
    reader.push(bytes)?;
    reader.finish()
}

fn refusal(text: &str) -> String {
    let error = read(text.as_bytes()).unwrap_err();
    assert_eq!(error.code(), Code::InvalidData);
    error.message().to_owned()
}

/// Every bit of every column; text for the rest, since NaN is not equal to itself.
fn same(one: &Imported, other: &Imported) {
    let bits = |run: &Imported| {
        let points =
            |series: &crate::domain::record::series::Series| series.iter().map(|(step, value)| (step, value.to_bits())).collect::<Vec<_>>();
        let columns: Vec<_> = run.series.iter().map(|(name, series)| (name.clone(), points(series))).collect();
        (columns, run.at_ms.iter().map(|ms| ms.to_bits()).collect::<Vec<_>>())
    };
    assert_eq!(bits(one), bits(other));
    let (one, other) = (format!("{:?}", one.head), format!("{:?}", other.head));
    let place = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count().saturating_sub(60);
    assert!(one == other, "{:.200}\nis not\n{:.200}", &one[place..], &other[place..]);
}

#[test]
fn a_run_comes_back_to_the_bit_and_is_written_alike_again() {
    for run in [samples::small(), samples::long(700)] {
        let bytes = written(&run);
        let back = read(&bytes).unwrap();
        same(&run, &back);
        assert_eq!(String::from_utf8(written(&back)).unwrap(), String::from_utf8(bytes).unwrap());
    }
    for ending in [Ending::Open, Ending::Failed(crate::error::Error::new(Code::DeviceLost, "gone", "start again"))] {
        let mut run = samples::small();
        run.head.ending = ending;
        run.head.evaluation = None;
        run.head.data_hash = None;
        run.head.begin = None;
        run.head.data = None;
        same(&run, &read(&written(&run)).unwrap());
    }
}

#[test]
fn the_lines_are_what_the_documentation_says() {
    let text = String::from_utf8(written(&samples::small())).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with(r#"{"record":"header","format":"emberscope-run","version":1,"program":""#));
    assert!(lines[0].contains(r#","shape":{"vector":3},"classes":["yes \"so\"","<no>"],"#), "{}", lines[0]);
    assert!(lines[0].ends_with(r#""columns":["batch/accuracy","batch/loss","lr","time/forward_ms"],"looks":2}"#), "{}", lines[0]);
    assert!(text.contains(r#"{"record":"batch","step":3,"atMs":2,"values":[0.42857143,"NaN",0.001,1.25]}"#), "{text}");
    assert!(text.contains(r#"{"record":"batch","step":4,"atMs":3.1,"values":[0.5714286,"Infinity",0.001,null]}"#));
    assert!(
        text.contains(r#"{"record":"epoch","step":4,"values":{"time/epoch_ms":90,"train/loss":1.5,"val/f1/0":"NaN","val/loss":1.25}}"#)
    );
    // Every line is JSON for other programs too.
    for line in lines {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_cut_or_a_flipped_bit_anywhere_is_refused_and_pieces_of_any_size_are_one(
        place in any::<prop::sample::Index>(), bit in 0_u8..8, piece in 1_usize..400,
    ) {
        let run = samples::small();
        let mut bytes = written(&run);
        let mut reader = Reader::new();
        bytes.chunks(piece).for_each(|piece| reader.push(piece).unwrap());
        same(&run, &reader.finish().unwrap());

        let place = place.index(bytes.len());
        // A cut right before the checksum leaves a whole run, as people write them; and the last line's end means nothing.
        let checksum = String::from_utf8(bytes.clone()).unwrap().rfind("{\"record\":\"checksum\"").unwrap();
        match read(&bytes[..place]) {
            Ok(whole) => {
                prop_assert!(place == checksum || place + 1 >= checksum && place < checksum || place + 1 == bytes.len(), "cut at {}", place);
                same(&run, &whole);
            }
            Err(error) => prop_assert_eq!(error.code(), Code::InvalidData),
        }
        bytes[place] ^= 1 << bit;
        match read(&bytes) {
            // White space, or a key of the last line that is not looked at.
            Ok(whole) => { prop_assert!(place >= checksum, "flipped at {}", place); same(&run, &whole); }
            Err(error) => prop_assert!(error.message().starts_with("line "), "{}", error),
        }
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read(&bytes).is_err());
    }

    /// Lines of the right kind with anything in them.
    #[test]
    fn any_values_are_read_or_refused(
        step in prop_oneof![Just("1".to_owned()), "[0-9]{1,12}", "[-0-9e.\"]{1,5}"],
        value in prop_oneof![Just("1e99".to_owned()), Just("\"Infinity\"".to_owned()), "[-0-9eE.\"n]{1,6}"],
        record in prop_oneof![Just("batch"), Just("values"), Just("epoch"), Just("probe"), Just("evaluation"), Just("end")],
    ) {
        let text = String::from_utf8(written(&samples::small())).unwrap();
        let header = text.lines().next().unwrap();
        let line = format!(r#"{{"record":"{record}","step":{step},"atMs":{value},"values":[{value},1,1,1],"state":"open","batches":{step}}}"#);
        read(format!("{header}\n{line}\n{{\"record\":\"end\",\"batches\":1,\"state\":\"open\"}}\n").as_bytes()).ok();
    }
}

#[test]
fn refusals_name_the_line_and_the_reason() {
    let text = String::from_utf8(written(&samples::small())).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let with = |index: usize, line: &str| {
        let mut lines = lines.clone();
        lines[index] = line;
        // Without the checksum, as one edits such a file.
        lines.pop();
        lines.join("\n")
    };
    let batch = |values: &str| format!(r#"{{"record":"batch","step":1,"atMs":1,"values":{values}}}"#);
    // Line 2 is the value at step 0, line 3 the first batch.
    for (text, says) in [
        (String::new(), "the file is empty"),
        ("PK\u{3}\u{4}".into(), "line 1: an object is missing at column 1"),
        (with(0, lines[2]), "line 1: the first record is not a \"header\""),
        (with(0, &lines[0].replace("emberscope-run", "other")), "line 1: the format is \"other\", not \"emberscope-run\""),
        (
            with(0, &lines[0].replace("\"version\":1", "\"version\":2")),
            "line 1: this is version 2 of the format, this page reads version 1",
        ),
        (with(0, &lines[0].replace("\"batchSize\":64", "\"batchSize\":0")), "line 1: batchSize is 0"),
        (with(0, &lines[0].replace("\"lr\"", "\"batch/loss\"")), "line 1: the column \"batch/loss\" is there twice"),
        (with(2, &batch("[1,2,3]")), "line 3: there are 3 values for 4 columns"),
        (with(2, &batch("[1,2,3,4,5]")), "line 3: there are more values than columns"),
        (with(2, &batch("[1,2,3,nan]")), "line 3: a value is missing at column 53"),
        (with(2, &batch("[1,2,3,\"nan\"]")), "line 3: a number is missing at column 8"),
        (with(2, &batch("[1,2,3,4]").replace("\"step\":1", "\"step\":2")), "line 3: the batch of step 2 follows that of step 0"),
        (with(2, &batch("[1,2,3,4]").replace("batch", "bitch")), "line 3: there is no record \"bitch\""),
        (lines[..5].join("\n"), "the file is cut off here: a run ends with an \"end\" record"),
        (format!("{text}{}", lines[1]), "something follows the end of the run"),
        (text.replace("0.42857143", "0.42857142"), "the checksum does not match"),
    ] {
        let message = refusal(&text);
        assert!(message.contains(says), "{message:?} does not say {says:?}");
    }
    let odd = with(
        1,
        r#"{"record":"evaluation","epoch":0,"step":1,"worst":[],"numbers":[],"report":{"samples":3,"logLoss":null,"accuracy":null,"top3Accuracy":null,"confusion":{"classes":3,"counts":[1],"unpredicted":[]},"perClass":[],"macroAverage":{"precision":0,"recall":0,"f1":0},"weightedAverage":{"precision":0,"recall":0,"f1":0},"auc":null,"weightedAuc":null}}"#,
    );
    assert_eq!(refusal(&odd), "line 2: the confusion matrix is not one of as many classes as there are");
}
