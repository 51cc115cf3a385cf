//! A disk in memory that lies: it writes a part and calls it done, refuses, and loses or spoils what was not flushed when the
//! machine dies; and a waiter for futures that are always ready.

use super::disk::{Disk, File, Result, Trouble};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Random numbers, for tests.
#[derive(Clone)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides.max(1)
    }
}

/// The content of a file: what a program sees, and what is safe from the machine's death.
#[derive(Clone, Default)]
struct Content {
    now: Vec<u8>,
    safe: Vec<u8>,
}

struct World {
    files: BTreeMap<(String, String), Content>,
    locks: BTreeSet<String>,
    /// Operations until everything fails, as after a death.
    left: u64,
    done: u64,
    /// One operation in so many goes wrong; none if 0.
    lies: u64,
    dice: Dice,
}

/// The disk.
#[derive(Clone)]
pub struct Lying(Rc<RefCell<World>>);

/// An open file of it.
pub struct OpenFile(Lying, (String, String));

/// A lock of it.
pub struct Lock(Lying, String);

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.0.borrow_mut().locks.remove(&self.1);
    }
}

impl Lying {
    /// An empty disk on which `left` operations succeed, but for one in `lies`.
    pub fn new(seed: u64, left: u64, lies: u64) -> Self {
        Self(Rc::new(RefCell::new(World { files: BTreeMap::new(), locks: BTreeSet::new(), left, done: 0, lies, dice: Dice(seed) })))
    }

    /// Lets one operation in `lies` go wrong from now on; none if 0.
    pub fn lie(&self, lies: u64) {
        self.0.borrow_mut().lies = lies;
    }

    /// Number of operations so far.
    pub fn done(&self) -> u64 {
        self.0.borrow().done
    }

    /// The machine dies and starts again: of what was not flushed a part is there, some of it junk. Or only the program dies.
    pub fn reborn(&self, machine: bool) -> Self {
        let world = self.0.borrow();
        let mut dice = world.dice.clone();
        let mut files = world.files.clone();
        if machine {
            for content in files.values_mut() {
                let Content { now, safe } = content.clone();
                if now != safe {
                    let same = now.iter().zip(&safe).take_while(|(a, b)| a == b).count();
                    let mut kept = now[..same + dice.roll((now.len() - same) as u64 + 1) as usize].to_vec();
                    if dice.roll(3) == 0 {
                        kept[same..].iter_mut().for_each(|byte| {
                            if dice.roll(4) == 0 {
                                *byte = dice.roll(256) as u8
                            }
                        });
                    }
                    content.now = kept;
                }
            }
        }
        files.values_mut().for_each(|content| content.safe = content.now.clone());
        Self(Rc::new(RefCell::new(World { files, locks: BTreeSet::new(), left: u64::MAX, done: 0, lies: 0, dice })))
    }

    /// The bytes of a file, to be spoilt.
    pub fn spoil(&self, folder: &str, file: &str, how: impl FnOnce(&mut Vec<u8>)) {
        let mut world = self.0.borrow_mut();
        let content = world.files.entry((folder.to_owned(), file.to_owned())).or_default();
        how(&mut content.now);
        content.safe = content.now.clone();
    }

    /// The names of all files.
    pub fn names(&self) -> Vec<(String, String)> {
        self.0.borrow().files.keys().cloned().collect()
    }

    /// Counts an operation; says whether this one shall go wrong.
    fn operate(&self) -> Result<bool> {
        let world = &mut *self.0.borrow_mut();
        world.done += 1;
        if world.done > world.left {
            return Err(Trouble::Other("dead".to_owned()));
        }
        Ok(world.lies > 0 && world.dice.roll(world.lies) == 0)
    }
}

impl OpenFile {
    fn with<T>(&self, how: impl FnOnce(&mut Content, &mut Dice) -> T) -> T {
        let world = &mut *self.0.0.borrow_mut();
        how(world.files.entry(self.1.clone()).or_default(), &mut world.dice)
    }
}

impl File for OpenFile {
    fn length(&self) -> Result<u64> {
        Ok(self.with(|content, _| content.now.len() as u64))
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> Result<usize> {
        // The last operation before a death may do half of its work.
        let (outcome, at) = (self.0.operate(), at as usize);
        self.with(|content, dice| {
            let part = match outcome {
                Ok(false) => bytes.len(),
                _ => dice.roll(bytes.len() as u64 + 1) as usize,
            };
            let end = at + part;
            content.now.resize(content.now.len().max(end), 0);
            content.now[at..end].copy_from_slice(&bytes[..part]);
            match outcome {
                Ok(true) if dice.roll(2) == 0 => Err(Trouble::Full),
                Ok(_) => Ok(part),
                Err(dead) => Err(dead),
            }
        })
    }

    fn truncate(&mut self, length: u64) -> Result<()> {
        self.0.operate()?;
        self.with(|content, _| content.now.resize(length as usize, 0));
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if self.0.operate()? {
            return Err(Trouble::Other("the disk does not flush".to_owned()));
        }
        self.with(|content, _| content.safe = content.now.clone());
        Ok(())
    }
}

impl Disk for Lying {
    type File = OpenFile;
    type Lock = Lock;

    async fn folders(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> = self.0.borrow().files.keys().map(|(folder, _)| folder.clone()).collect();
        names.dedup();
        Ok(names)
    }

    async fn files(&self, folder: &str) -> Result<Vec<(String, u64)>> {
        self.operate()?;
        let world = self.0.borrow();
        let inside = world.files.iter().filter(|((known, _), _)| known == folder);
        Ok(inside.map(|((_, name), content)| (name.clone(), content.now.len() as u64)).collect())
    }

    async fn open(&self, folder: &str, file: &str) -> Result<OpenFile> {
        if self.operate()? {
            return Err(Trouble::Full);
        }
        let open = OpenFile(self.clone(), (folder.to_owned(), file.to_owned()));
        open.with(|_, _| ());
        Ok(open)
    }

    async fn read(&self, folder: &str, file: &str, from: u64, most: usize) -> Result<Vec<u8>> {
        self.operate()?;
        let world = self.0.borrow();
        let content = world.files.get(&(folder.to_owned(), file.to_owned())).ok_or(Trouble::Gone)?;
        Ok(content.now.iter().skip(from as usize).take(most).copied().collect())
    }

    async fn remove_file(&self, folder: &str, file: &str) -> Result<()> {
        if self.operate()? {
            return Err(Trouble::Other("the file is not removed".to_owned()));
        }
        self.0.borrow_mut().files.remove(&(folder.to_owned(), file.to_owned()));
        Ok(())
    }

    async fn remove_folder(&self, folder: &str) -> Result<()> {
        self.operate()?;
        self.0.borrow_mut().files.retain(|(known, _), _| known != folder);
        Ok(())
    }

    async fn lock(&self, folder: &str) -> Result<Option<Lock>> {
        let is_new = self.0.borrow_mut().locks.insert(folder.to_owned());
        Ok(is_new.then(|| Lock(self.clone(), folder.to_owned())))
    }

    async fn locked(&self) -> Result<Vec<String>> {
        Ok(self.0.borrow().locks.iter().cloned().collect())
    }

    async fn room(&self) -> (f64, f64) {
        (self.0.borrow().files.values().map(|content| content.now.len() as f64).sum(), f64::NAN)
    }
}

/// The outcome of a future that never waits.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on this disk"),
    }
}
