//! A folder of pictures: PNG and JPEG files -> rows of pixels of one shape, each with its file's name and perhaps a label.
//!
//! ```text
//! labelled/cat/*.png, unlabelled/**      the folder's name is the class; below unlabelled/ nobody has one
//! cat/*.png, dog/*.png                   the same without labelled/; unlabelled/ may stand beside them
//! train/..., test/..., val/...           either of these in train/; see `parts`
//! *.png, labels.csv                      a table with the columns file and label
//! *.png                                  nobody has a label
//! ```

mod layout;
mod table;
#[cfg(test)]
mod tests;

pub use layout::{Parts, parts};

use super::pictures::{self, LONGEST_SIDE, Picture};
use crate::error::DataError;
use crate::rows::{Batch, Cells, RowSource, SourceColumn, Texts};
use laddernet::dataset::{Scaling, Values};
use laddernet::table::Pixels;
use layout::Entry;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::thread;

/// How a folder is to be read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Height and width of a row; where it is not said, the pictures' own if they have one, else their median, at most 64 x 64 pixels.
    pub shape: Option<(usize, usize)>,
    /// 1 for grey, 3 for colours; where it is not said, what the pictures have.
    pub channels: Option<usize>,
    /// Damaged pictures are left out and said in the notes.
    pub skip_bad: bool,
}

/// How many pictures are looked at to tell whether all are grey.
const LOOKED_AT: usize = 100;

/// The most pixels a row has where nobody said its shape and the pictures differ.
const MOST_PIXELS: usize = 64 * 64;

/// The largest file that is read as a picture: 256 MiB.
const LARGEST_FILE: u64 = 256 << 20;

/// A folder of pictures as rows: the columns `file` and `label`, and the pixels beside them.
#[derive(Debug)]
pub struct PictureFolder {
    folder: PathBuf,
    name: String,
    entries: Vec<Entry>,
    columns: Vec<SourceColumn>,
    shape: Vec<usize>,
    next: usize,
    skip_bad: bool,
    /// The damaged pictures by their place in `entries`, and why.
    bad: BTreeMap<usize, String>,
    notes: Vec<String>,
    seen: Seen,
}

/// What was seen while pictures were read, by the first place where it was.
#[derive(Debug, Default)]
struct Seen {
    see_through: Option<String>,
    turned_grey: Option<String>,
}

/// Finds the pictures of a folder, and reads as much of them as tells their sizes and colours. Of a folder with a `train/` that part is
/// read; [`parts`] says the others.
///
/// # Errors
/// When the folder or a table of labels in it cannot be read, or holds no picture; when the table names files that are not there; when
/// pictures are found to be damaged and are not to be skipped.
pub fn open(folder: &Path, options: &Options) -> Result<PictureFolder, DataError> {
    let name = folder.display().to_string();
    let found = layout::find(folder)?;
    let mut source = PictureFolder {
        folder: folder.to_path_buf(),
        name,
        entries: found.entries,
        columns: ["file", "label"].map(SourceColumn::named).to_vec(),
        shape: Vec::new(),
        next: 0,
        skip_bad: options.skip_bad,
        bad: BTreeMap::new(),
        notes: found.notes,
        seen: Seen::default(),
    };
    let (height, width) = source.height_and_width(options.shape)?;
    let channels = match options.channels {
        Some(1) => 1,
        Some(3) => 3,
        Some(other) => {
            return Err(source.wrong("the channels asked for", other.to_string(), "1 for grey or 3 for colours"));
        }
        None => source.channels()?,
    };
    source.shape = if channels == 1 { vec![height, width] } else { vec![height, width, channels] };
    Ok(source)
}

impl PictureFolder {
    /// `[height, width]` or `[height, width, 3]`.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn wrong(&self, place: impl Into<String>, found: String, expected: &str) -> DataError {
        DataError::Format { name: self.name.clone(), place: place.into(), found, expected: expected.into() }
    }

    /// The shape of the rows, from the first bytes of all pictures.
    fn height_and_width(&mut self, said: Option<(usize, usize)>) -> Result<(usize, usize), DataError> {
        let sides = 1..=LONGEST_SIDE as usize;
        if let Some((height, width)) = said
            && (!sides.contains(&height) || !sides.contains(&width) || height * width > 1 << 24)
        {
            let found = format!("{height} x {width} pixels");
            return Err(self.wrong("the shape asked for", found, "at least 1 x 1 and at most 4096 x 4096 pixels"));
        }
        let all: Vec<usize> = (0..self.entries.len()).collect();
        let sizes = self.each(&all, &|path| {
            let file = File::open(path).map_err(|error| format!("cannot open it: {error}"))?;
            let about = pictures::header(&mut BufReader::new(file)).map_err(reason)?;
            Ok((about.height, about.width))
        });
        let sizes = self.without_bad(&all, sizes)?;
        let Some(&(height, width)) = sizes.first() else {
            return Err(self.wrong(
                "all pictures",
                self.listed(&self.bad),
                "PNG or JPEG pictures that can be read whole",
            ));
        };
        let alike = sizes.iter().all(|&size| size == (height, width));
        let (shape, rule) = match said {
            Some(shape) if alike && shape == (height, width) => return Ok(shape),
            Some(shape) => (shape, "the shape that was asked for"),
            None if alike => {
                if height * width > 4 * MOST_PIXELS {
                    self.notes.push(format!(
                        "the pictures are {height} x {width} pixels, and so are the rows; a smaller shape trains faster"
                    ));
                }
                return Ok((height, width));
            }
            None => (typical(&sizes), "their median height and width, or less where that is more than 64 x 64 pixels"),
        };
        let (least, most) = (sizes.iter().min_by_key(area), sizes.iter().max_by_key(area));
        let sizes = match (least, most) {
            (Some(a), Some(b)) if !alike => {
                format!("the pictures are of {} x {} to {} x {} pixels", a.0, a.1, b.0, b.1)
            }
            _ => format!("the pictures are of {height} x {width} pixels"),
        };
        self.notes.push(format!(
            "{sizes}: each is scaled, with its proportions kept, into {} x {} ({rule}), and what stays free has the median of its border",
            shape.0, shape.1
        ));
        Ok(shape)
    }

    /// 1 if all of some pictures, evenly drawn, are grey; else 3.
    fn channels(&mut self) -> Result<usize, DataError> {
        let good: Vec<usize> = (0..self.entries.len()).filter(|index| !self.bad.contains_key(index)).collect();
        let some: Vec<usize> = if good.len() <= LOOKED_AT {
            good
        } else {
            (0..LOOKED_AT).map(|i| good[i * good.len() / LOOKED_AT]).collect()
        };
        let grey = self.each(&some, &|path| Ok(load(path)?.is_grey()));
        Ok(if self.without_bad(&some, grey)?.iter().all(|&grey| grey) { 1 } else { 3 })
    }

    fn path(&self, index: usize) -> PathBuf {
        let entry = &self.entries[index];
        entry.path.clone().unwrap_or_else(|| self.folder.join(&entry.file))
    }

    /// Does something with the files at `indices`, in a few threads.
    fn each<T: Send>(
        &self,
        indices: &[usize],
        act: &(impl Fn(&Path) -> Result<T, String> + Sync),
    ) -> Vec<Result<T, String>> {
        let one = |&index: &usize| act(&self.path(index));
        let threads = thread::available_parallelism().map_or(1, |n| n.get()).min(4);
        if threads == 1 || indices.len() < 2 * threads {
            return indices.iter().map(one).collect();
        }
        thread::scope(|scope| {
            let chunks = indices.chunks(indices.len().div_ceil(threads));
            let started: Vec<_> =
                chunks.map(|chunk| scope.spawn(move || chunk.iter().map(one).collect::<Vec<_>>())).collect();
            started.into_iter().flat_map(|thread| thread.join().expect("reading a picture does not panic")).collect()
        })
    }

    /// What was made of the good pictures; the bad ones are remembered, or are an error.
    fn without_bad<T>(&mut self, indices: &[usize], made: Vec<Result<T, String>>) -> Result<Vec<T>, DataError> {
        let mut bad = BTreeMap::new();
        let mut good = Vec::with_capacity(made.len());
        for (&index, made) in indices.iter().zip(made) {
            match made {
                Ok(made) => good.push(made),
                Err(reason) => drop(bad.insert(index, reason)),
            }
        }
        if !bad.is_empty() && !self.skip_bad {
            let place = format!("{} of {} pictures", bad.len(), self.entries.len());
            let expected =
                "PNG or JPEG pictures that can be read whole; mend or delete them, or let damaged pictures be skipped";
            return Err(self.wrong(place, self.listed(&bad), expected));
        }
        self.bad.append(&mut bad);
        Ok(good)
    }

    /// The first three of some damaged pictures with what is wrong with them.
    fn listed(&self, bad: &BTreeMap<usize, String>) -> String {
        let some = bad.iter().take(3).map(|(&index, reason)| format!("{} ({reason})", self.entries[index].file));
        let more = if bad.len() > 3 { "; ..." } else { "" };
        some.collect::<Vec<_>>().join("; ") + more
    }
}

fn area(size: &&(usize, usize)) -> usize {
    size.0 * size.1
}

/// The median height and width, made smaller together until a row has at most [`MOST_PIXELS`].
fn typical(sizes: &[(usize, usize)]) -> (usize, usize) {
    let median = |mut sides: Vec<usize>| {
        sides.sort_unstable();
        sides[sides.len() / 2]
    };
    let height = median(sizes.iter().map(|size| size.0).collect());
    let width = median(sizes.iter().map(|size| size.1).collect());
    let shrink = (MOST_PIXELS as f64 / (height * width) as f64).sqrt().min(1.0);
    let side = |side: usize| ((side as f64 * shrink) as usize).max(1);
    (side(height).min(MOST_PIXELS), side(width).min(MOST_PIXELS))
}

fn reason(fault: pictures::Fault) -> String {
    format!("{}: {}", fault.place, fault.found)
}

/// Reads a file and decodes it.
fn load(path: &Path) -> Result<Picture, String> {
    let unread = |error: std::io::Error| format!("cannot read it: {error}");
    let file = File::open(path).map_err(unread)?;
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err("it is larger than 256 MiB".into());
    }
    pictures::read(&bytes).map_err(reason)
}

impl RowSource for PictureFolder {
    fn name(&self) -> &str {
        &self.name
    }

    fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<(), DataError> {
        let mut pixels = match batch.pixels.take() {
            Some(Pixels { values: Values::U8(mut values), .. }) => {
                values.clear();
                values
            }
            _ => Vec::new(),
        };
        let (mut files, mut labels) = (Texts::default(), Texts::default());
        let (height, width) = (self.shape[0], self.shape[1]);
        let channels = self.shape.get(2).copied().unwrap_or(1);
        while files.len() < most && self.next < self.entries.len() {
            // A few at a time, so that little is done for nothing when one is damaged.
            let end = self.entries.len().min(self.next + (most - files.len()).min(256));
            let indices: Vec<usize> = (self.next..end).filter(|index| !self.bad.contains_key(index)).collect();
            let read = self.each(&indices, &|path| {
                let picture = load(path)?;
                let turned_grey = channels == 1 && !picture.is_grey();
                Ok((pictures::to_shape(&picture, height, width, channels), picture.see_through, turned_grey))
            });
            let read = self.without_bad(&indices, read)?;
            let good = indices.into_iter().filter(|index| !self.bad.contains_key(index)).collect::<Vec<_>>();
            for (index, (values, see_through, turned_grey)) in good.into_iter().zip(read) {
                let entry = &self.entries[index];
                pixels.extend(values);
                files.push(&entry.file);
                labels.push(&entry.label);
                if see_through {
                    self.seen.see_through.get_or_insert_with(|| entry.file.clone());
                }
                if turned_grey {
                    self.seen.turned_grey.get_or_insert_with(|| entry.file.clone());
                }
            }
            self.next = end;
        }
        batch.rows = files.len();
        batch.columns = vec![Cells::Text(files), Cells::Text(labels)];
        batch.pixels = Some(Pixels { values: Values::U8(pixels), shape: self.shape.clone(), scaling: Scaling::BYTES });
        Ok(())
    }

    fn restart(&mut self) -> Result<(), DataError> {
        self.next = 0;
        Ok(())
    }

    fn place(&self, row: u64) -> String {
        let mut index = row as usize;
        // A damaged picture before it has no row.
        self.bad.keys().for_each(|&bad| index += usize::from(bad <= index));
        self.entries.get(index).map_or_else(|| format!("picture {}", row + 1), |entry| entry.file.clone())
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        if !self.bad.is_empty() {
            let are = if self.bad.len() == 1 { "picture is" } else { "pictures are" };
            notes.push(format!("{} damaged {are} left out: {}", self.bad.len(), self.listed(&self.bad)));
        }
        if let Some(file) = &self.seen.see_through {
            notes.push(format!("transparent places are drawn over white, in {file} for one"));
        }
        if let Some(file) = &self.seen.turned_grey {
            notes.push(format!("the rows are grey, and colours became grey, in {file} for one"));
        }
        notes
    }
}
