//! What becomes of each column of a schema: decided from types, the names of classes, and the values of the first row group where a
//! type does not say enough.

use super::cells::{as_list, bytes_of, is_number};
use super::names;
use crate::rows::{SourceColumn, unlike};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::statistics::Statistics;
use std::sync::Arc;

/// What a column is read as.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Role {
    /// Numbers; dates and times of a number of units to a day.
    Numbers,
    /// Whole numbers of which some fit no float: as digits.
    Digits,
    /// Days, of which a unit of the file is this share.
    Dates(f64),
    /// Lengths of time and times of the day, in seconds; this many units of the file make one.
    Seconds(f64),
    Truths,
    Text,
    /// Bytes that are text, though the file does not say so.
    BytesOfText,
    /// Whole numbers that count these names.
    Classes(Vec<String>),
    /// Lists of numbers, all of this length: a column for each place.
    List(usize),
    /// Pictures as the bytes of their files.
    Picture,
}

/// A column that is read.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// Its place among the columns of the schema.
    pub(super) root: usize,
    pub(super) name: String,
    pub(super) role: Role,
}

/// All columns that are read, as the source shows them, and what is to be said about the others.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) planned: Vec<Planned>,
    pub(super) columns: Vec<SourceColumn>,
    pub(super) notes: Vec<String>,
}

/// The types as they are asked for: text as views, which cost no copy of a word that comes often, lists of any kind as lists, and
/// dictionaries as what is in them.
pub(super) fn asked(schema: &Schema) -> Schema {
    let fields: Vec<Field> =
        schema.fields().iter().map(|field| field.as_ref().clone().with_data_type(plain(field.data_type()))).collect();
    Schema::new_with_metadata(fields, schema.metadata().clone())
}

fn plain(kind: &DataType) -> DataType {
    let inner = |field: &Arc<Field>| Arc::new(field.as_ref().clone().with_data_type(plain(field.data_type())));
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        DataType::Dictionary(_, value) => plain(value),
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _) => DataType::List(inner(field)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        other => other.clone(),
    }
}

/// Columns whose type does not say enough: their first values are looked at.
pub(super) fn unclear(schema: &Schema) -> Vec<usize> {
    let unclear = |kind: &DataType| match kind {
        DataType::BinaryView => true,
        DataType::List(field) => is_number(field.data_type()),
        DataType::Struct(_) => picture_struct(kind),
        _ => false,
    };
    (0..schema.fields().len()).filter(|&at| unclear(schema.field(at).data_type())).collect()
}

/// The struct that public data sets have for a picture.
fn picture_struct(kind: &DataType) -> bool {
    let DataType::Struct(fields) = kind else { return false };
    let bytes = fields.iter().any(|f| f.name() == "bytes" && *f.data_type() == DataType::BinaryView);
    bytes && fields.iter().all(|f| matches!(f.name().as_str(), "bytes" | "path"))
}

/// What the first value of an unclear column says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum First {
    Length(usize),
    Picture,
    Text,
    Other,
}

/// Looks for the first value of the column `at` in a batch.
pub(super) fn first(batch: &RecordBatch, at: usize) -> Option<First> {
    let array = batch.column(at);
    if let Some(list) = as_list(array) {
        return (0..list.len())
            .find(|&row| list.is_valid(row))
            .map(|row| First::Length(list.value_length(row) as usize));
    }
    let bytes = bytes_of(array)?;
    let value = (0..bytes.len()).find(|&row| bytes.is_valid(row)).map(|row| bytes.value(row))?;
    // PNG and JPEG.
    if value.starts_with(b"\x89PNG") || value.starts_with(&[0xff, 0xd8, 0xff]) {
        return Some(First::Picture);
    }
    Some(if std::str::from_utf8(value).is_ok() { First::Text } else { First::Other })
}

/// Decides for every column. `first` holds what was found for the unclear ones, `listed` the words of dictionaries.
pub(super) fn plan(
    schema: &Schema,
    about: &ParquetMetaData,
    first: &[(usize, Option<First>)],
    listed: Vec<(usize, Vec<String>)>,
) -> Plan {
    let mut plan = Plan::default();
    let classes = names::classes(schema, about);
    // The first leaf of each column.
    let descr = about.file_metadata().schema_descr();
    let mut leaves = vec![0; schema.fields().len()];
    (0..descr.num_columns()).rev().for_each(|leaf| leaves[descr.get_column_root_idx(leaf)] = leaf);
    let mut pictures = None;
    for (root, field) in schema.fields().iter().enumerate() {
        let (name, kind) = (field.name().clone(), field.data_type());
        let first = first.iter().find(|(at, _)| *at == root).and_then(|(_, first)| first.clone());
        let listed = classes.iter().find(|(column, _)| *column == name).map(|(_, names)| names);
        let mut skip = |why: &str| {
            plan.notes.push(format!("column '{name}' is left out: {why}"));
            None
        };
        let role = match (kind, listed) {
            (whole, Some(names)) if whole.is_integer() => Some(Role::Classes(names.clone())),
            (DataType::Boolean, _) => Some(Role::Truths),
            (DataType::Null | DataType::Utf8View, _) => Some(Role::Text),
            (DataType::Date32, _) => Some(Role::Dates(1.0)),
            (DataType::Date64, _) => Some(Role::Dates(86_400e3)),
            (DataType::Timestamp(unit, _), _) => Some(Role::Dates(86_400.0 * in_second(unit))),
            (DataType::Time32(unit) | DataType::Time64(unit) | DataType::Duration(unit), _) => {
                Some(Role::Seconds(in_second(unit)))
            }
            (DataType::Int64 | DataType::UInt64, _) if !fits_float(about, kind, leaves[root]) => Some(Role::Digits),
            (DataType::Decimal128(digits, 0) | DataType::Decimal256(digits, 0), _) if *digits > 15 => {
                Some(Role::Digits)
            }
            (kind, _) if is_number(kind) => Some(Role::Numbers),
            (DataType::List(inner), _) if is_number(inner.data_type()) => match first {
                Some(First::Length(length)) if length > 0 => Some(Role::List(length)),
                _ => skip("its lists are empty in the first row group"),
            },
            (DataType::BinaryView | DataType::Struct(_), _) => match first {
                Some(First::Picture) if pictures.is_some() => {
                    skip("a row has one picture, and another column holds it")
                }
                Some(First::Picture) => Some(Role::Picture),
                Some(First::Text) if *kind == DataType::BinaryView => Some(Role::BytesOfText),
                Some(_) => skip("its bytes are neither PNG, JPEG nor text"),
                None if picture_struct(kind) => skip("its pictures are not in the file, only their names"),
                None if *kind == DataType::BinaryView => skip("it has no value in the first row group"),
                None => skip("it holds columns inside; write each as a column of its own"),
            },
            (DataType::List(_), _) => skip("it holds lists of something else than numbers"),
            (other, _) => skip(&format!("values of type {} are not read", short(other))),
        };
        let Some(role) = role else { continue };
        plan.say(&name, &role);
        if role == Role::Picture {
            pictures = Some(root);
        }
        plan.planned.push(Planned { root, name, role });
    }
    plan.show(listed);
    plan
}

impl Plan {
    fn say(&mut self, name: &str, role: &Role) {
        let note = match role {
            Role::Seconds(_) => format!("column '{name}' holds times; it is read as numbers of seconds"),
            Role::BytesOfText => format!("column '{name}' holds bytes; they are read as text"),
            _ if name == "__index_level_0__" => {
                format!("column '{name}' is the row index that pandas has written; leave it out if it only counts rows")
            }
            _ => return,
        };
        self.notes.push(note);
    }

    /// The columns as the source shows them.
    fn show(&mut self, mut listed: Vec<(usize, Vec<String>)>) {
        let (mut names, mut words) = (Vec::new(), Vec::new());
        for planned in &self.planned {
            match &planned.role {
                Role::Picture => {}
                Role::List(width) => {
                    names.extend((0..*width).map(|at| format!("{}[{at}]", planned.name)));
                    words.resize(names.len(), None);
                }
                Role::Classes(classes) => {
                    names.push(planned.name.clone());
                    words.push(Some(classes.clone()));
                }
                _ => {
                    names.push(planned.name.clone());
                    let of_it = listed.iter_mut().find(|(root, _)| *root == planned.root);
                    words.push(of_it.map(|(_, words)| std::mem::take(words)));
                }
            }
        }
        self.columns = unlike(names).into_iter().zip(words).map(|(name, words)| SourceColumn { name, words }).collect();
    }

    /// Cells of a row, for the size of a batch.
    pub(super) fn width(&self) -> usize {
        self.columns.len() + self.planned.iter().filter(|planned| planned.role == Role::Picture).count()
    }
}

fn in_second(unit: &TimeUnit) -> f64 {
    match unit {
        TimeUnit::Second => 1.0,
        TimeUnit::Millisecond => 1e3,
        TimeUnit::Microsecond => 1e6,
        TimeUnit::Nanosecond => 1e9,
    }
}

/// Whether all whole numbers of a column are floats, too, by the statistics of its row groups.
fn fits_float(about: &ParquetMetaData, kind: &DataType, leaf: usize) -> bool {
    const MOST: i64 = 1 << 53;
    // Unsigned numbers beyond the half are negative ones here.
    let fitting = if *kind == DataType::Int64 { -MOST..=MOST } else { 0..=MOST };
    about.row_groups().iter().all(|group| match group.columns().get(leaf).and_then(|column| column.statistics()) {
        Some(Statistics::Int64(range)) => match (range.min_opt(), range.max_opt()) {
            (Some(min), Some(max)) => fitting.contains(min) && fitting.contains(max),
            _ => range.null_count_opt() == Some(group.num_rows() as u64),
        },
        _ => group.num_rows() == 0,
    })
}

/// A type in a few words.
fn short(kind: &DataType) -> String {
    let text = kind.to_string();
    let name: String = text.chars().take_while(|c| c.is_alphanumeric()).collect();
    name.to_lowercase()
}
