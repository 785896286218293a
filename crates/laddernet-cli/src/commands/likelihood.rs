//! `laddernet likelihood`: how likely a model makes the rows of its data, by its energy or by its samples.

use super::RunAndData;
use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet::models::Ability;
use laddernet::models::rbm::Binarise;
use laddernet_run::answers::likelihood::{Direction, Likelihood, LikelihoodSettings, OfRows, Temperatures, likelihood};
use laddernet_run::answers::parzen::{ParzenLikelihood, ParzenSettings, parzen_likelihood};
use laddernet_run::kinds_that_can;
use laddernet_run::model_file::{self, SavedModel};
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  laddernet likelihood runs/mnist-rbm-seed1
  laddernet likelihood RUN --temperatures 2000
      a quicker estimate than that of the published temperatures
  laddernet likelihood RUN --binarise threshold
  laddernet likelihood runs/mnist-gsn-seed1
      windows around 10000 samples of a generative stochastic network";

/// Estimate how likely a model makes training and test rows
///
/// Of an RBM: ln Z is summed exactly where a side has at most 25 units. Else it is estimated by annealed importance sampling in both directions: from
/// the base rate to the RBM, which makes rows too likely, and back, which makes them too unlikely. How values are binarised is a part of every number; rows
/// for Gaussian units are standardised instead, and the numbers are densities of standardised rows.
/// Of an autoencoder with Bernoulli visible units, such as a generative stochastic network: Parzen windows around samples of its
/// chain, which compare such models with each other alone.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct LikelihoodArgs {
    #[command(flatten)]
    of: RunAndData,
    /// Chains: annealed ones of each direction, or those that give the samples
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    chains: u32,

    /// How values become states of Bernoulli units: stochastic, threshold or none [default: as in the training, but stochastic for
    /// none]
    #[arg(long, value_name = "HOW", help_heading = "RBMs")]
    binarise: Option<Binarise>,
    /// Estimate ln Z by so many temperatures, evenly spaced [default: the 14501 of Salakhutdinov and Murray (2008)]
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(2..=10_000_000),
        help_heading = "RBMs"
    )]
    temperatures: Option<u32>,
    /// Estimate ln Z also where it can be summed
    #[arg(long, help_heading = "RBMs")]
    estimate: bool,
    /// Sum ln Z exactly, or refuse and say how long that would take
    #[arg(long, help_heading = "RBMs")]
    exact: bool,

    /// Samples to put windows around [default: 10000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Parzen windows")]
    samples: Option<u32>,
    /// Steps of a chain before its first sample [default: 100]
    #[arg(long, value_name = "N", help_heading = "Parzen windows")]
    burn_in: Option<u32>,
    /// Width of the windows [default: what rows beside the test rows find most likely]
    #[arg(long, value_name = "S", allow_negative_numbers = true, help_heading = "Parzen windows")]
    sigma: Option<f64>,
}

#[derive(Serialize)]
struct Document<'a, T: Serialize> {
    schema: &'static str,
    run: &'a PathBuf,
    #[serde(flatten)]
    likelihood: T,
}

#[derive(Serialize)]
struct OfSamples<'a> {
    parzen: &'a ParzenLikelihood,
}

impl LikelihoodArgs {
    /// The first option said that is for energies where samples are asked for (`windows`), or the other way round.
    fn said_of_others(&self, windows: bool) -> Option<&'static str> {
        let said = [
            (true, "binarise", self.binarise.is_some()),
            (true, "temperatures", self.temperatures.is_some()),
            (true, "estimate", self.estimate),
            (true, "exact", self.exact),
            (false, "samples", self.samples.is_some()),
            (false, "burn-in", self.burn_in.is_some()),
            (false, "sigma", self.sigma.is_some()),
        ];
        said.into_iter().find(|&(energies, _, said)| said && energies == windows).map(|(_, option, _)| option)
    }
}

pub fn run(args: LikelihoodArgs, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let run = &args.of.run.run;
    let saved = model_file::open(run)?;
    let kind = saved.kind();
    // By its energy where the kind has one; else by samples.
    let samples = !kind.can(Ability::Density);
    if samples && !kind.can(Ability::Sample) {
        let others = kinds_that_can(&[Ability::Density, Ability::Sample]);
        return Err(Failure::new(
            Exit::Model,
            format!("a model '{kind}' has no likelihood to estimate: {others} have"),
        ));
    }
    if let Some(option) = args.said_of_others(samples) {
        let whose = if samples { "RBMs" } else { "models that are measured by their samples" };
        return Err(Failure::new(
            Exit::Usage,
            format!("--{option} is for {whose}, not for a model '{kind}': leave it out"),
        ));
    }
    if samples {
        return of_samples(&args, &saved, common, screen);
    }
    let loaded = args.of.load(&saved)?;
    let settings = LikelihoodSettings {
        binarise: args.binarise,
        chains: args.chains as usize,
        temperatures: args.temperatures.map_or(Temperatures::Published, |n| Temperatures::Even(n as usize)),
        // Who says how, wants it.
        estimate: args.estimate || args.temperatures.is_some(),
        exact: args.exact,
        seed: common.seed.unwrap_or(1),
    };
    let found = likelihood(&saved, loaded, &settings, &common.threads()?)?;
    screen.document(&Document { schema: "laddernet.likelihood/1", run, likelihood: &found })?;
    screen.result(&report(&found))?;
    if found.learned_from {
        screen.caution("these are rows it was trained on: rows it has not seen are less likely");
    }
    if found.collapsed {
        screen.caution(&format!(
            "too few of the {} chains count: neither estimate is to be trusted; use more temperatures or chains",
            found.chains
        ));
    } else if found.disagree {
        screen.caution(
            "the two estimates differ by more than three standard errors of both: the truth may lie between; use more \
             temperatures",
        );
    }
    Ok(Exit::Ok)
}

/// Parzen windows.
fn of_samples(args: &LikelihoodArgs, saved: &SavedModel, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let loaded = args.of.load(saved)?;
    let settings = ParzenSettings {
        samples: args.samples.unwrap_or(10_000) as usize,
        chains: args.chains as usize,
        burn_in: args.burn_in.unwrap_or(100) as usize,
        sigma: args.sigma,
        seed: common.seed.unwrap_or(1),
    };
    let found = parzen_likelihood(saved, loaded, &settings, &common.threads()?)?;
    let likelihood = OfSamples { parzen: &found };
    screen.document(&Document { schema: "laddernet.likelihood/1", run: &args.of.run.run, likelihood })?;
    screen.result(&of_windows(&found))?;
    Ok(Exit::Ok)
}

fn of_windows(w: &ParzenLikelihood) -> String {
    let by = match w.sigma_chosen_by {
        "none" => "as given".to_owned(),
        "others" => "chosen by other rows".to_owned(),
        by => format!("chosen by {by} rows"),
    };
    let mut text = format!("{} samples of {} chains, {} steps of burn-in\n", w.samples, w.chains, w.burn_in);
    text += &format!("windows of width {:.4}, {by}\n\n", w.sigma);
    let (nats, error) = (w.test_nats, w.standard_error);
    text += &format!("{:<24} {:>6} {nats:>9.2} +- {error:.2} nats a row\n", w.test_part.to_string(), w.test_rows);
    if let Some(nats) = w.validation_nats {
        text += &format!("{:<31} {nats:>9.2}\n", "validation rows");
    }
    let rows = w.training_rows;
    let whose = if w.sigma_chosen_by == "others" { "other" } else { "training" };
    text += &format!("{:<31} {:>9.2}\n\n", format!("{rows} {whose} rows as samples"), w.training_rows_instead);
    text + "Comparable with estimates from as many samples alone;\nrigid samples are preferred (Theis et al. 2016).\n"
}

fn report(l: &Likelihood) -> String {
    let mut text = match l.ln_deviations {
        Some(nats) => {
            let which = if nats < 0.0 { "above" } else { "below" };
            format!(
                "Rows standardised; as they were, once scaled, their density\nis {:.2} nats {which} these\n\n",
                nats.abs()
            )
        }
        None => format!("Rows binarised: {}\n\n", l.binarised),
    };
    if let Some(ln_z) = l.ln_z {
        text += &format!("ln Z            {ln_z:>10.3}  summed\n");
    }
    let direction = |name: &str, d: &Direction| {
        let end = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.2}"));
        let [low, high] = d.three_sigma.map(end);
        let chains = d.effective_chains;
        let chains = format!("{chains:.0} of {} chains count", l.chains);
        format!("{name:<15} {:>10.3}  3 sigma {low} to {high}\n{:<28}{chains}\n", d.ln_z, "")
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
    if let Some(training) = &l.training {
        line("training rows", training);
    }
    if let Some(validation) = &l.validation {
        line("validation rows", validation);
    }
    line(&l.test_part.to_string(), &l.test);
    text
}
