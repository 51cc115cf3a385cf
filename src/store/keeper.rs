//! The keeper of all runs: obeys the page, one question after the other.
//!
//! It has the logs of the runs that are going on open, with their locks; any other is opened for one append. Never here: the
//! browser, what entries mean.

use super::disk::{Disk, Result, Trouble};
use super::entry::{Kind, LOG, file_name};
use super::key::is_key;
use super::log::Log;
use super::message::{Card, Said, What};
use super::read::{Reader, has};
use crate::export::checksum::crc32c;

/// The bytes that go along with a message.
type Bulk = Vec<Vec<u8>>;

/// The keeper of the runs on `disk`.
pub struct Keeper<D: Disk> {
    disk: D,
    open: Vec<(String, Log<D>)>,
    reader: Option<Reader>,
}

impl<D: Disk> Keeper<D> {
    /// The keeper of the runs on `disk`.
    pub fn new(disk: D) -> Self {
        Self { disk, open: Vec::new(), reader: None }
    }

    /// Answers: does what is asked, and says how that went.
    pub async fn obey(&mut self, what: What, bulk: Bulk) -> (Said, Bulk) {
        self.try_to(what, bulk).await.unwrap_or_else(|trouble| (Said::Trouble(trouble), Bulk::new()))
    }

    async fn try_to(&mut self, what: What, bulk: Bulk) -> Result<(Said, Bulk)> {
        let bytes = bulk.first().map_or(&[][..], Vec::as_slice);
        if let What::Append { run, .. } | What::Put { run, .. } | What::Read { run, .. } | What::File { run, .. } | What::Delete { run } =
            &what
            && !is_key(run)
        {
            return Err(Trouble::Gone);
        }
        let said = match what {
            What::Open { .. } => Said::Done,
            What::Append { run, hold, commit } => {
                self.append(&run, bytes, hold, commit).await?;
                Said::Done
            }
            What::Put { run, slot, about } => {
                self.put(&run, &slot, &about, bytes).await?;
                Said::Done
            }
            What::List => Said::Listed(self.list().await?),
            What::Read { run, first } => return self.read(&run, first).await,
            What::File { run, number, bytes, sum } => return Ok((Said::Done, vec![self.file(&run, number, bytes, sum).await?])),
            What::Delete { run } => {
                self.delete(&run).await?;
                Said::Done
            }
            What::Clear => {
                self.clear().await?;
                Said::Done
            }
            What::Room => {
                let (used, quota) = self.disk.room().await;
                Said::Room { used, quota }
            }
        };
        Ok((said, Bulk::new()))
    }

    /// The open log of `run`; it is opened if it is not. A run that is not there begins only with an entry that says so.
    async fn log(&mut self, run: &str, may_begin: bool) -> Result<usize> {
        if let Some(place) = self.open.iter().position(|(key, _)| key == run) {
            return Ok(place);
        }
        if !may_begin && self.disk.files(run).await?.is_empty() {
            // Deleted, here or in another tab: it must not come back as a run without a begin.
            return Err(Trouble::Gone);
        }
        let (log, _) = Log::open(&self.disk, run).await?;
        self.open.push((run.to_owned(), log));
        Ok(self.open.len() - 1)
    }

    fn close(&mut self, run: &str) {
        self.open.retain(|(key, _)| key != run);
    }

    async fn append(&mut self, run: &str, packed: &[u8], hold: bool, commit: bool) -> Result<()> {
        let place = self.log(run, has(packed, Kind::Begin)).await?;
        let log = &mut self.open[place].1;
        let stays = hold && !has(packed, Kind::End);
        let done = log.append(packed).and_then(|()| if commit || !stays { log.commit() } else { Ok(()) });
        // One for which there is no room is tried again: no other tab may take the run meanwhile.
        if !stays && done.is_ok() || done.as_ref().is_err_and(|trouble| *trouble != Trouble::Full) {
            self.close(run);
        }
        done
    }

    async fn put(&mut self, run: &str, slot: &str, about: &str, bytes: &[u8]) -> Result<()> {
        let was_open = self.open.iter().any(|(key, _)| key == run);
        let place = self.log(run, false).await?;
        let done = self.open[place].1.put(&self.disk, slot, about, bytes).await;
        if !was_open {
            self.close(run);
        }
        done
    }

    async fn list(&self) -> Result<Vec<Card>> {
        let (mut runs, locked) = (self.disk.folders().await?, self.disk.locked().await?);
        runs.retain(|name| is_key(name));
        runs.sort();
        let mut cards = Vec::new();
        for run in runs {
            let files = self.disk.files(&run).await?;
            let is_held = locked.contains(&run);
            let Some((_, log)) = files.iter().find(|(name, length)| name == LOG && *length > 0) else {
                // The rest of a run whose deletion was interrupted, or of one that never began.
                if !is_held && let Some(_lock) = self.disk.lock(&run).await? {
                    self.disk.remove_folder(&run).await.ok();
                }
                continue;
            };
            let bytes = files.iter().map(|(_, length)| *length as f64).sum();
            cards.push(Card { is_held, log: *log as f64, bytes, run });
        }
        Ok(cards)
    }

    async fn read(&mut self, run: &str, first: bool) -> Result<(Said, Bulk)> {
        let reader = match self.reader.take().filter(|reader| !first && reader.folder() == run) {
            Some(reader) => self.reader.insert(reader),
            None => self.reader.insert(Reader::new(run)),
        };
        let mut packed = Vec::new();
        reader.next(&self.disk, &mut packed).await?;
        Ok((Said::Piece { is_last: reader.is_over(), skipped: reader.skipped() as f64 }, vec![packed]))
    }

    async fn file(&self, run: &str, number: u32, length: f64, sum: u32) -> Result<Vec<u8>> {
        let name = file_name(number);
        let there = self.disk.files(run).await?.into_iter().find(|(file, _)| *file == name).ok_or(Trouble::Gone)?.1;
        // What the log says is believed only where the file is so long.
        if there as f64 != length {
            return Err(Trouble::Gone);
        }
        let bytes = self.disk.read(run, &name, 0, there as usize).await?;
        if bytes.len() as u64 == there && crc32c(&bytes) == sum { Ok(bytes) } else { Err(Trouble::Gone) }
    }

    async fn delete(&mut self, run: &str) -> Result<()> {
        self.close(run);
        let _lock = self.disk.lock(run).await?.ok_or(Trouble::Busy)?;
        // The log first: without it the rest is nothing, whatever interrupts this.
        self.disk.remove_file(run, LOG).await?;
        self.disk.remove_folder(run).await
    }

    async fn clear(&mut self) -> Result<()> {
        for run in self.disk.folders().await? {
            if is_key(&run) && !self.open.iter().any(|(key, _)| *key == run) {
                match self.delete(&run).await {
                    Ok(()) | Err(Trouble::Busy) => {}
                    Err(trouble) => return Err(trouble),
                }
            }
        }
        Ok(())
    }
}
