//! The fields of one record, each as text until it is asked for, and none longer than what it is asked for as may be.
//!
//! Never here: the meaning of a record.

use crate::domain::format::json::{Problem, Scan};
use crate::domain::record::probe::{BINS_A_SIDE, Histogram, Summary};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The longest name of a series, an array or a class, in bytes.
pub(super) const MOST_NAME: usize = 200;
/// The longest field that becomes a tree, in bytes of JSON: a sentence or a handful of numbers, many times over.
const MOST_FIELD: usize = 20_000;

/// The name of a series or an array, checked.
pub(super) fn check_name(name: &str) -> std::result::Result<(), Problem> {
    if name.is_empty() || name.len() > MOST_NAME || name.chars().any(char::is_control) {
        return Err(format!("the name of a series is empty, longer than {MOST_NAME} bytes or has odd characters"));
    }
    Ok(())
}

fn wrong(key: &str, cause: &serde_json::Error) -> Problem {
    format!("{key:?} is wrong: {cause}")
}

/// The fields of one object, each as text.
pub(super) struct Fields<'a>(Vec<(String, &'a str)>);

impl<'a> Fields<'a> {
    pub(super) fn of(text: &'a str) -> std::result::Result<Self, Problem> {
        let mut scan = Scan::new(text);
        let fields = Self::take(&mut scan)?;
        scan.end()?;
        Ok(fields)
    }

    pub(super) fn take(scan: &mut Scan<'a>) -> std::result::Result<Self, Problem> {
        let mut fields = Vec::new();
        scan.object(|key, scan| {
            fields.push((key.to_owned(), scan.raw()?));
            Ok(())
        })?;
        Ok(Self(fields))
    }

    pub(super) fn raw(&self, key: &str) -> std::result::Result<&'a str, Problem> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, raw)| *raw).ok_or_else(|| format!("{key:?} is missing"))
    }

    /// Reads the field `key` as [`Fields::get_within`] does; `None` where it is missing.
    pub(super) fn maybe<T: DeserializeOwned>(&self, key: &str, most: usize) -> std::result::Result<Option<T>, Problem> {
        if self.raw(key).is_ok() { self.get_within(key, most) } else { Ok(None) }
    }

    /// Reads the field `key` by way of a tree, which has every number to the bit.
    pub(super) fn get<T: DeserializeOwned>(&self, key: &str) -> std::result::Result<T, Problem> {
        self.get_within(key, MOST_FIELD)
    }

    /// Reads the field `key` as [`Fields::get`] does, which may have `most` bytes.
    pub(super) fn get_within<T: DeserializeOwned>(&self, key: &str, most: usize) -> std::result::Result<T, Problem> {
        serde_json::from_value(self.tree(key, most)?).map_err(|cause| wrong(key, &cause))
    }

    /// Apart from [`Fields::get_within`], so that there is one program for all types.
    fn tree(&self, key: &str, most: usize) -> std::result::Result<Value, Problem> {
        let raw = self.raw(key)?;
        if raw.len() > most {
            return Err(format!("{key:?} has {} bytes, more than {most}", raw.len()));
        }
        Scan::new(raw).value()
    }

    /// Reads a number to the bit, NaN and infinities included.
    pub(super) fn number(&self, key: &str) -> std::result::Result<f64, Problem> {
        Scan::new(self.raw(key)?).number()?.ok_or_else(|| format!("{key:?} is not a number"))
    }

    pub(super) fn each(
        &self,
        key: &str,
        mut each: impl FnMut(&Self) -> std::result::Result<(), Problem>,
    ) -> std::result::Result<(), Problem> {
        Scan::new(self.raw(key)?).list(|scan| each(&Self::take(scan)?))
    }

    /// Reads a histogram straight from its text: bins are most of a file.
    pub(super) fn histogram(&self, key: &str) -> std::result::Result<Histogram, Problem> {
        let fields = Self::of(self.raw(key)?)?;
        let mut bins = Vec::new();
        Scan::new(fields.raw("bins")?).list(|scan| {
            if bins.len() == 2 * BINS_A_SIDE {
                return Err(format!("a histogram has more than {} bins", 2 * BINS_A_SIDE));
            }
            bins.push(scan.number()?.ok_or("a bin has no count")?);
            Ok(())
        })?;
        Ok(Histogram { bins, zeros: fields.get("zeros")?, nans: fields.get("nans")?, infinities: fields.get("infinities")? })
    }

    pub(super) fn summary(&self, key: &str) -> std::result::Result<Summary, Problem> {
        let fields = Self::of(self.raw(key)?)?;
        let histogram = fields.histogram("histogram")?;
        if histogram.bins.len() != 2 * BINS_A_SIDE {
            return Err(format!("a histogram has {} bins, not {}", histogram.bins.len(), 2 * BINS_A_SIDE));
        }
        Ok(Summary { mean: fields.number("mean")?, deviation: fields.number("deviation")?, norm: fields.number("norm")?, histogram })
    }

    pub(super) fn name(&self) -> std::result::Result<String, Problem> {
        let name: String = self.get("name")?;
        check_name(&name).map(|()| name)
    }
}
