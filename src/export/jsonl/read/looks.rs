//! Looks into the network: what each found in weights, gradients and layers. Never here: their order.

use super::limits::MOST_ARRAYS;
use crate::domain::format::json::Problem;
use crate::domain::record::probe::{ActivationProbe, Probe, WeightProbe};
use crate::export::jsonl::fields::Fields;

/// A look into the network.
pub fn probe(fields: &Fields<'_>) -> std::result::Result<Probe, Problem> {
    let mut probe = Probe { step: fields.get("step")?, weights: Vec::new(), activations: Vec::new() };
    let within =
        |count: usize| if count < MOST_ARRAYS { Ok(()) } else { Err(format!("a look has more than {MOST_ARRAYS} arrays or layers")) };
    fields.each("weights", |array| {
        within(probe.weights.len())?;
        let (name, weights, gradient) = (array.name()?, array.summary("weights")?, array.summary("gradient")?);
        probe.weights.push(WeightProbe { name, weights, gradient, update_ratio: array.number("updateRatio")? });
        Ok(())
    })?;
    fields.each("activations", |layer| {
        within(probe.activations.len())?;
        let (name, kind, values) = (layer.name()?, layer.get("kind")?, layer.summary("values")?);
        probe.activations.push(ActivationProbe { name, kind, values, dead: layer.number("dead")?, saturated: layer.number("saturated")? });
        Ok(())
    })?;
    Ok(probe)
}
