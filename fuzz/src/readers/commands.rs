//! Commands of the page to a worker, up to where Burn begins: what a worker checks of them before it trains.

use super::super::check::{Gauge, Reader};
use super::super::damage::damage;
use super::super::draw::Draw;
use super::super::message;
use super::super::samples;
use super::super::tree::Tree;
use super::config;
use super::events::{buffers, parts, posted};
use emberscope::domain::data::added::MOST_ADDED;
use emberscope::domain::data::batch_view::SampleOrder;
use emberscope::domain::data::idx;
use emberscope::domain::data::source::DataSpec;
use emberscope::domain::model::match_arrays;
use emberscope::domain::run::config::RunConfig;
use emberscope::domain::run::journal::{At, Entry, Input};
use emberscope::domain::run::preset;
use emberscope::domain::run::trail::id_of;
use emberscope::domain::view::slow::SlowWish;
use emberscope::domain::view::{Subject, ViewWish};
use emberscope::protocol::{AddedSet, Command, GivenWeights, floats};
use std::sync::LazyLock;

/// The reader of commands.
pub struct Commands;

static SAMPLES: LazyLock<Vec<Tree>> = LazyLock::new(|| {
    let (request, run, checkpoint) = (1, 1, Some(2));
    let config = || Box::new(preset::all().swap_remove(1).config);
    let wish = |subject| Box::new(ViewWish { subject, units: vec![vec![0, 2], Vec::new()], occlusion: true });
    let given = || Some(Box::new(GivenWeights { run, config: config(), step: 3, arrays: samples::arrays() }));
    [
        Command::LoadData { request, id: "mine".into(), name: "mine".into() },
        Command::DescribeData { request, data: DataSpec::builtins().swap_remove(1), seed: 1 },
        Command::Start { run, config: config(), data: Some("mine".into()), first_weights: Some(samples::arrays()), paused: false },
        Command::Start { run, config: config(), data: None, first_weights: None, paused: true },
        Command::GoOn { run, config: config(), data: None, inputs: inputs(), paused: true },
        Command::Pause,
        Command::Resume,
        Command::Step { batches: 3 },
        Command::Stop { reason: "enough".into() },
        Command::SetLearningRate { learning_rate: 0.01 },
        Command::Hidden { hidden: true },
        Command::SetWatchBudget { percent: 5.0 },
        Command::Predict { request, checkpoint, given: given() },
        Command::Evaluate { request, checkpoint: None, given: None },
        Command::Ping,
        Command::View { request, wish: wish(Subject::HeldOut { number: 3 }), checkpoint, given: given() },
        Command::View { request, wish: wish(Subject::Plane { axes: [0, 1] }), checkpoint: None, given: None },
        Command::View { request, wish: wish(Subject::Given), checkpoint: Some(id_of(40)), given: None },
        Command::ShowBatch { request, run, config: config(), step: 3, order: SampleOrder::default(), first: 0, most: 8, given: given() },
        Command::KeepCheckpoint { request, name: "here".into() },
        Command::PutBack { request, checkpoint: 2 },
        Command::ForgetCheckpoint { request, checkpoint: 2 },
        Command::TakeWeights { request, checkpoint },
        Command::GiveWeights { request, arrays: samples::arrays(), config: config() },
        Command::Acknowledge,
        Command::AddSamples {
            request,
            id: "mine + 1 of yours".into(),
            set: Box::new(AddedSet { name: "mine".into(), base: DataSpec::builtins().swap_remove(1), seed: 1, labels: vec![0, 1] }),
        },
        Command::ForgetData { id: "mine".into() },
        Command::SlowStep { request, wish: SlowWish { units: vec![vec![0, 2], Vec::new()] } },
    ]
    .iter()
    .map(Tree::of)
    .collect()
});

/// Inputs of every kind.
fn inputs() -> Vec<Entry> {
    let all = [Input::LearningRate(0.1), Input::Stop("enough".into()), Input::WatchBudget(2.5), Input::Keep("mine".into())];
    let all = all.into_iter().chain([Input::PutBack(1), Input::Forget(2)]);
    all.zip(1..).map(|(input, step)| Entry { step, at: At::Validation, input }).collect()
}

/// Whether the samples in `bulk` can be added to a small set.
fn add(set: &AddedSet, bulk: &[Vec<u8>]) -> bool {
    let [numbers] = bulk else { return false };
    let base = DataSpec::builtins().swap_remove(1).generate(1).expect("it is built in");
    let added = base.with_added(set.name.as_str(), &floats::from_bytes(numbers), &set.labels);
    added.is_ok_and(|data| data.added() <= MOST_ADDED)
}

fn check(config: &RunConfig) -> bool {
    if config.validate().is_err() {
        return false;
    }
    config::ask(config);
    true
}

impl Reader for Commands {
    fn name(&self) -> &'static str {
        "commands"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let mut head = draw.pick(&SAMPLES).clone();
        if let Tree::Object(variant) = &mut head
            && let Some((_, fields)) = variant.first_mut()
            && fields.field_mut("config").is_some()
            && draw.one_in(2)
        {
            fields.set("config", config::config(draw));
        }
        let buffers = buffers(draw);
        let message = posted(head, buffers, &SAMPLES, draw);
        let mut input = Vec::new();
        message::encode(&message, &mut input);
        if draw.one_in(12) {
            damage(&mut input, draw);
        }
        input
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        let message = message::decode(&mut &*input);
        let read = gauge.measure(|| {
            let (head, bulk) = parts(&message)?;
            let command: Command = message::read(head).ok()?;
            bulk.iter().for_each(|bytes| drop(floats::from_bytes(bytes)));
            let is_fine = match &command {
                Command::LoadData { name, .. } => <&[Vec<u8>; 2]>::try_from(&bulk[..]).is_ok_and(|[a, b]| idx::parse(name, a, b).is_ok()),
                Command::DescribeData { data, .. } => data.validate().is_ok(),
                Command::AddSamples { set, .. } => set.base.validate().is_ok() && add(set, &bulk),
                Command::Start { config, first_weights, .. } => {
                    let arrays = first_weights.as_deref().map_or(Ok(Vec::new()), |heads| match_arrays(&samples::arrays(), heads));
                    check(config) && arrays.is_ok()
                }
                Command::GoOn { config, .. } => check(config),
                Command::GiveWeights { config, arrays, .. } => check(config) && match_arrays(&samples::arrays(), arrays).is_ok(),
                Command::ShowBatch { config, given, .. } => check(config) && given.as_ref().is_none_or(|given| check(&given.config)),
                Command::Predict { given, .. } | Command::Evaluate { given, .. } | Command::View { given, .. } => {
                    given.as_ref().is_none_or(|given| check(&given.config))
                }
                _ => true,
            };
            Some((command, is_fine))
        });
        let Some((command, is_fine)) = read else { return false };
        if is_fine {
            let again: Command = message::read(&Tree::of(&command)).unwrap_or_else(|_| command.clone());
            assert_eq!(std::mem::discriminant(&again), std::mem::discriminant(&command));
        }
        is_fine
    }
}
