//! `laddernet likelihood`: how likely a Boltzmann machine finds the rows of its data.

use super::{RunAndData, threads};
use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet::models::rbm::Binarise;
use laddernet_run::likelihood::{Direction, Likelihood, LikelihoodSettings, OfRows, Temperatures, likelihood};
use laddernet_run::lineage::binarise_from;
use laddernet_run::saved;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  laddernet likelihood runs/mnist-rbm-seed1
  laddernet likelihood RUN --temperatures 2000
      a quicker estimate than that of the published temperatures
  laddernet likelihood RUN --binarise threshold";

/// Say how likely a Boltzmann machine finds training and test rows
///
/// ln Z is summed up where a side has at most 25 units. Else it is estimated by annealing in both directions: from the base
/// rate to the machine, which flatters, and back, which does the contrary. The way of binarising is a part of every number.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct LikelihoodArgs {
    #[command(flatten)]
    of: RunAndData,
    /// How values become states of units: stochastic, threshold or none
    #[arg(long, value_name = "HOW", default_value = "stochastic", value_parser = binarise_from)]
    binarise: Binarise,
    /// Annealed chains of each direction
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    chains: u32,
    /// Temperatures, evenly spaced [default: the 14501 of Salakhutdinov and Murray (2008)]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    temperatures: Option<u32>,
    /// Estimate ln Z also where it can be summed up
    #[arg(long)]
    estimate: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    run: &'a PathBuf,
    #[serde(flatten)]
    likelihood: &'a Likelihood,
}

pub fn run(args: LikelihoodArgs, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let run = &args.of.run.run;
    let saved = saved::model(run)?;
    saved.machine()?;
    let loaded = args.of.load(&saved)?;
    let settings = LikelihoodSettings {
        binarise: args.binarise,
        chains: args.chains as usize,
        temperatures: args.temperatures.map_or(Temperatures::Published, |n| Temperatures::Even(n as usize)),
        estimate: args.estimate,
        seed: common.seed.unwrap_or(1),
    };
    let found = likelihood(&saved, loaded, &settings, &threads(common)?)?;
    screen.document(&Document { schema: "laddernet.likelihood/1", run, likelihood: &found })?;
    screen.result(&report(&found))?;
    if found.collapsed {
        screen.warn(&format!(
            "fewer than a tenth of the {} chains count: neither estimate is to be trusted; use more temperatures or chains",
            found.chains
        ));
    }
    Ok(Exit::Ok)
}

fn report(l: &Likelihood) -> String {
    let mut text = format!("Rows binarised: {}\n\n", l.binarised);
    if let Some(ln_z) = l.ln_z {
        text += &format!("ln Z            {ln_z:>10.3}  summed up\n");
    }
    let direction = |name: &str, d: &Direction| {
        let end = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.2}"));
        let [low, high] = d.three_sigma.map(end);
        let chains = d.effective_chains;
        format!("{name:<15} {:>10.3}  3 sigma {low} to {high}, {chains:.0} chains count\n", d.ln_z)
    };
    if let Some(forward) = &l.forward {
        text += &direction("ln Z, forwards", forward);
    }
    if let Some(reverse) = &l.reverse {
        text += &direction("ln Z, backwards", reverse);
    }
    let number = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.2}"));
    text += &format!("\n{:<22} {:>8} {:>8} {:>9} {:>9}\n", "nats a row", "rows", "exact", "forwards", "backwards");
    let mut line = |name: &str, of: &OfRows| {
        let [exact, forward, reverse] = [of.exact, of.forward, of.reverse].map(number);
        text += &format!("{name:<22} {:>8} {exact:>8} {forward:>9} {reverse:>9}\n", of.rows);
    };
    line("training rows", &l.training);
    line(&l.test_part.to_string(), &l.test);
    text
}
