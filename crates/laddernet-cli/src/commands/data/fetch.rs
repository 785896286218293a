//! `laddernet data fetch`, in a program that was built with the feature `fetch`.

use super::Fetch;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use laddernet_data::fetch::{self, FetchEvent, FetchOptions};
use laddernet_data::locate;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Serialize)]
struct Fetched<'a> {
    schema: &'static str,
    data: &'a str,
    files: &'a [PathBuf],
}

pub fn fetch(args: Fetch, screen: &Screen) -> Result<Exit, Failure> {
    let mut options = FetchOptions::new(locate::data_dir(args.data_dir.data_dir.as_deref())?);
    if !args.mirror.is_empty() {
        options.mirrors = args.mirror;
    }
    let target = if screen.animate() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(0), target);
    let style = ProgressStyle::with_template("  {wide_bar} {bytes}/{total_bytes} {eta} left");
    bar.set_style(style.expect("the template is a constant"));
    let files = fetch::mnist(&options, &mut |event| match event {
        FetchEvent::Waiting { lock } => screen.say(&format!("Waiting for another download ({})", lock.display())),
        FetchEvent::Present { file } => screen.say(&format!("{file}: there already")),
        FetchEvent::Started { url, from, total, .. } => {
            let resumed = if from > 0 { format!(", from byte {from}") } else { String::new() };
            screen.say(&format!("{url}{resumed}"));
            bar.set_length(total);
            bar.set_position(from);
        }
        FetchEvent::Progress { bytes, .. } => bar.set_position(bytes),
        FetchEvent::Failed { url, reason, .. } => screen.say(&format!("{url}: {reason}")),
        FetchEvent::Done { file } => screen.say(&format!("{file}: checked")),
    });
    bar.finish_and_clear();
    let files = files?;
    let text: String = files.iter().map(|path| format!("{}\n", path.display())).collect();
    screen.result(&text)?;
    screen.document(&Fetched { schema: "laddernet.data-fetch/1", data: &args.set, files: &files })?;
    Ok(Exit::Ok)
}
