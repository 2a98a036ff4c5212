//! Tensors of a file from elsewhere under the names that a network here has: prefixes that wrappers put before them, names of
//! other libraries, and last layers that stand inside something else.

use super::timm;
use crate::nn::{AssignReport, Params};
use candle_core::{Result, Tensor};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// So many parts of a name may be a prefix: `model.module._orig_mod.backbone.`.
const LONGEST_PREFIX: usize = 4;

/// The layer of a network whose rows are the answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastLayer {
    pub weight: String,
    pub bias: String,
}

/// Tensors under the names of a network here.
pub struct Named {
    pub tensors: HashMap<String, Tensor>,
    /// What was done to get there, in sentences.
    pub notes: Vec<String>,
    /// Whether the last layer is CORAL's: one score and a threshold a step. It is written out as one row a step.
    pub coral: bool,
    /// Names that lie outside the network and were left out.
    pub left_out: Vec<String>,
}

/// Names and shapes of a network's tensors.
pub type Shapes = HashMap<String, Vec<usize>>;

/// Names and shapes of these parameters.
pub fn shapes_of(params: &Params) -> Shapes {
    params.all().into_iter().map(|(name, var)| (name, var.dims().to_vec())).collect()
}

/// Finds for every tensor the name it has in a network with tensors of these names and shapes, as far as that can be told. What
/// has no place keeps its name.
///
/// # Errors
/// Those of the tensor library.
pub fn name_as(tensors: HashMap<String, Tensor>, expected: &Shapes, last: Option<&LastLayer>) -> Result<Named> {
    let mut notes = Vec::new();
    let prefix = best_prefix(tensors.keys().map(String::as_str), expected);
    if !prefix.is_empty() {
        notes.push(format!("the names of its tensors begin with {prefix:?}, which is left out"));
    }
    let (mut inside, mut outside) = (HashMap::new(), HashMap::new());
    let mut renamed = 0usize;
    for (name, tensor) in tensors {
        match name.strip_prefix(&prefix) {
            Some(rest) => {
                let here = here(rest, expected);
                renamed += usize::from(here != rest && timm::name(rest).is_some());
                inside.insert(here, tensor);
            }
            None => drop(outside.insert(name, tensor)),
        }
    }
    if renamed > 0 {
        notes.push(format!("{renamed} of its tensors have timm's names, which are translated"));
    }
    let mut coral = false;
    if let Some(last) = last {
        coral = place_last_layer(last, expected, &mut inside, &mut outside, &mut notes)?;
    }
    // What stands beside the network, as a loss does, is no part of it.
    let mut left_out: Vec<String> = outside.into_keys().collect();
    left_out.sort();
    Ok(Named { tensors: inside, notes, coral, left_out })
}

/// The name that a tensor has here, without its prefix.
fn here(name: &str, expected: &Shapes) -> String {
    let today = super::densenet::current_name(name);
    if expected.contains_key(&today) {
        return today;
    }
    match timm::name(name) {
        Some(translated) if expected.contains_key(&translated) => translated,
        _ => today,
    }
}

/// The beginning of names, up to a point, without which most of them are names of the network; empty where none is better
/// than none.
fn best_prefix<'a>(names: impl Iterator<Item = &'a str>, expected: &Shapes) -> String {
    let names: Vec<&str> = names.collect();
    let mut prefixes = BTreeSet::from([""]);
    for name in &names {
        prefixes.extend(name.match_indices('.').take(LONGEST_PREFIX).filter_map(|(at, _)| name.get(..=at)));
    }
    let fitting = |prefix: &str| {
        let rests = names.iter().filter_map(|name| name.strip_prefix(prefix));
        rests.filter(|rest| expected.contains_key(&here(rest, expected))).count()
    };
    let scored = prefixes.into_iter().map(|prefix| (fitting(prefix), prefix));
    // Of equal ones the shortest.
    let best = scored.max_by(|a, b| a.0.cmp(&b.0).then(b.1.len().cmp(&a.1.len())));
    best.filter(|(fitting, _)| *fitting > 0).map_or_else(String::new, |(_, prefix)| prefix.to_owned())
}

/// Brings the last layer to its name where it stands inside something else, and writes out what stands for it. Whether it was
/// CORAL's.
fn place_last_layer(
    last: &LastLayer,
    expected: &Shapes,
    inside: &mut HashMap<String, Tensor>,
    outside: &mut HashMap<String, Tensor>,
    notes: &mut Vec<String>,
) -> Result<bool> {
    let Some(&units) = expected.get(&last.weight).and_then(|shape| shape.get(1)) else { return Ok(false) };
    let mut coral = false;
    if !inside.contains_key(&last.weight) {
        let unknown = |name: &&String| !expected.contains_key(*name) && !name.ends_with("num_batches_tracked");
        let strangers: Vec<String> = inside.keys().filter(unknown).chain(outside.keys()).cloned().collect();
        let get = |name: &str| inside.get(name).or_else(|| outside.get(name));
        let matrices: Vec<&String> =
            strangers.iter().filter(|name| get(name).is_some_and(|tensor| tensor.rank() == 2)).collect();
        // Two layers there are another network, whatever their shapes.
        let [matrix] = matrices.as_slice() else { return Ok(false) };
        if get(matrix).is_none_or(|tensor| tensor.dims().get(1) != Some(&units)) {
            return Ok(false);
        }
        let bias_name = if let Some(layer) = matrix.strip_suffix("coral_weights.weight") {
            coral = true;
            format!("{layer}coral_bias")
        } else {
            matrix.strip_suffix("weight").map(|layer| format!("{layer}bias")).unwrap_or_default()
        };
        let (matrix, bias) = ((*matrix).clone(), bias_name);
        let mut take = |name: &str| inside.remove(name).or_else(|| outside.remove(name));
        let (weight, bias) = (take(&matrix), take(&bias));
        if let Some(weight) = weight {
            if coral {
                notes.push(format!("its last layer is {matrix:?}: one score for all steps of the scale (CORAL)"));
            } else {
                notes.push(format!("its last layer is called {matrix:?}"));
            }
            let rows = bias.as_ref().map_or(1, Tensor::elem_count);
            let weight = if coral { weight.broadcast_as((rows, units))?.contiguous()? } else { weight };
            inside.insert(last.weight.clone(), weight);
        }
        if let Some(bias) = bias {
            inside.insert(last.bias.clone(), bias);
        }
    }
    if let Some(weight) = inside.get(&last.weight)
        && !inside.contains_key(&last.bias)
        && weight.rank() == 2
    {
        let zeros = Tensor::zeros(weight.dims()[0], weight.dtype(), weight.device())?;
        notes.push("its last layer adds nothing to its products: a bias of 0".to_owned());
        inside.insert(last.bias.clone(), zeros);
    }
    Ok(coral)
}

/// Why tensors do not fit a network, as a table of what was expected and what was found; `None` where they fit.
pub fn misfit_table(report: &AssignReport, expected: &Params, found: &BTreeMap<String, Vec<usize>>) -> Option<String> {
    /// Lines of the table, of each kind.
    const MOST: usize = 6;
    if report.is_exact() {
        return None;
    }
    let shapes = shapes_of(expected);
    let cell = |name: &str, shape: Option<&Vec<usize>>| match shape {
        Some(shape) if shape.is_empty() => format!("{name} (a number)"),
        Some(shape) => format!("{name} {}", sides(shape)),
        None => name.to_owned(),
    };
    let mut rows: Vec<(String, String)> = Vec::new();
    for wrong in report.misshaped.iter().take(MOST) {
        rows.push((cell(&wrong.name, Some(&wrong.expected)), cell(&wrong.name, Some(&wrong.found))));
    }
    let unknown = report.unexpected.iter().map(|name| cell(name, found.get(name)));
    let missing = report.missing.iter().map(|name| cell(name, shapes.get(name)));
    let (mut missing, mut unknown) = (missing.take(MOST), unknown.take(MOST));
    loop {
        let row = (missing.next(), unknown.next());
        if row == (None, None) {
            break;
        }
        rows.push((row.0.unwrap_or_else(|| "-".to_owned()), row.1.unwrap_or_else(|| "-".to_owned())));
    }
    let width = rows.iter().map(|(left, _)| left.chars().count()).max().unwrap_or(0).max("expected".len());
    let mut table = format!("  {:width$}  found", "expected");
    for (left, right) in rows {
        table.push_str(&format!("\n  {left:width$}  {right}"));
    }
    let more = [
        (report.misshaped.len(), "of another shape"),
        (report.missing.len(), "missing"),
        (report.unexpected.len(), "unknown"),
    ];
    let more: Vec<String> =
        more.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let total = report.assigned.len() + report.missing.len() + report.misshaped.len();
    table.push_str(&format!("\n  {} of {total} tensors fit; {}", report.assigned.len(), more.join(", ")));
    Some(table)
}

/// "512 x 256 x 3 x 3".
fn sides(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Preprocessing;
    use crate::domain::recipe::{ClassifierArchitecture, Resize};
    use candle_core::{DType, Device};

    fn network(architecture: &ClassifierArchitecture) -> Params {
        let params = Params::new(&Device::Cpu, 1);
        super::super::build(architecture, &Preprocessing::imagenet(Resize::Stretch, 64), 2, &params).unwrap();
        params
    }

    fn tensors(params: &Params) -> HashMap<String, Tensor> {
        params.all().into_iter().map(|(name, var)| (name, var.as_detached_tensor())).collect()
    }

    fn fc() -> LastLayer {
        LastLayer { weight: "fc.weight".into(), bias: "fc.bias".into() }
    }

    fn zeros(shape: &[usize]) -> Tensor {
        Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap()
    }

    /// What becomes of a network's own tensors after their names were changed.
    fn after(rename: impl Fn(&str) -> String, more: &[(&str, &[usize])]) -> (AssignReport, Named) {
        let params = network(&ClassifierArchitecture::ResNet18);
        let mut given: HashMap<String, Tensor> =
            tensors(&params).into_iter().map(|(name, tensor)| (rename(&name), tensor)).collect();
        given.extend(more.iter().map(|(name, shape)| ((*name).to_owned(), zeros(shape))));
        let named = name_as(given, &shapes_of(&params), Some(&fc())).unwrap();
        (params.assign(&named.tensors).unwrap(), named)
    }

    #[test]
    fn prefixes_are_found_whatever_they_are() {
        for prefix in ["", "module.", "model.", "_orig_mod.", "backbone.", "model._orig_mod.module."] {
            let (report, named) = after(|name| format!("{prefix}{name}"), &[("criterion.pos_weight", &[1])]);
            let left = usize::from(!prefix.is_empty());
            assert_eq!(report.assigned.len(), 102, "{prefix}");
            assert_eq!((report.unexpected.len(), named.left_out.len()), (1 - left, left), "{prefix}");
            assert_eq!(named.notes.len(), left, "{:?}", named.notes);
        }
    }

    #[test]
    fn a_last_layer_within_something_else_is_found() {
        for (weight, bias) in
            [("fc.1.weight", "fc.1.bias"), ("head.weight", "head.bias"), ("fc.0.3.weight", "fc.0.3.bias")]
        {
            let rename = |name: &str| match name {
                "fc.weight" => weight.to_owned(),
                "fc.bias" => bias.to_owned(),
                other => format!("backbone.{other}"),
            };
            let (report, named) = after(rename, &[]);
            assert!(report.is_exact(), "{report:?}");
            assert!(named.notes.iter().any(|note| note.contains(weight)), "{:?}", named.notes);
        }
        // A hidden layer more is another network.
        let rename = |name: &str| name.replace("fc.", "fc.3.");
        let (report, _) = after(rename, &[("fc.0.weight", &[512, 512]), ("fc.0.bias", &[512])]);
        assert_eq!((report.missing.len(), report.unexpected.len()), (2, 4));
    }

    #[test]
    fn what_does_not_fit_is_a_table_of_what_was_expected_and_found() {
        let params = network(&ClassifierArchitecture::ResNet18);
        let mut given = tensors(&params);
        given.remove("fc.bias");
        given.insert("conv1.weight".into(), zeros(&[64, 1, 7, 7]));
        given.insert("extra".into(), zeros(&[]));
        let found = given.iter().map(|(name, tensor)| (name.clone(), tensor.dims().to_vec())).collect();
        let table = misfit_table(&params.assign(&given).unwrap(), &params, &found).unwrap();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[1], "  conv1.weight 64 x 3 x 7 x 7  conv1.weight 64 x 1 x 7 x 7");
        assert_eq!(lines[2], "  fc.bias 2                    extra (a number)");
        assert_eq!(lines[3], "  100 of 102 tensors fit; 1 of another shape, 1 missing, 1 unknown");
    }

    #[test]
    fn a_bias_that_is_not_there_is_zero() {
        let params = network(&ClassifierArchitecture::ResNet18);
        let mut given = tensors(&params);
        given.remove("fc.bias");
        let named = name_as(given, &shapes_of(&params), Some(&fc())).unwrap();
        assert_eq!(named.tensors["fc.bias"].to_vec1::<f32>().unwrap(), [0.0, 0.0]);
        assert_eq!(named.notes.len(), 1);
    }

    #[test]
    fn corals_layer_is_written_out() {
        let params = network(&ClassifierArchitecture::ResNet18);
        let mut given = tensors(&params);
        given.remove("fc.weight");
        given.remove("fc.bias");
        given.insert("fc.coral_weights.weight".into(), zeros(&[1, 512]));
        given.insert("fc.coral_bias".into(), zeros(&[4]));
        let named = name_as(given, &shapes_of(&params), Some(&fc())).unwrap();
        assert!(named.coral);
        assert_eq!(named.tensors["fc.weight"].dims(), [4, 512]);
        assert_eq!(named.tensors["fc.bias"].dims(), [4]);
    }

    #[test]
    fn timms_efficientnet_has_a_place_for_every_tensor() {
        let b0 = ClassifierArchitecture::EfficientNetB0 { dropout: 0.2, stochastic_depth: 0.2 };
        let params = network(&b0);
        // `timm.create_model("efficientnet_b0", num_classes=2).state_dict()` of timm 1.0.31: names and shapes.
        let listed = include_str!("../../tests/reference/expected/timm_efficientnet_b0.txt");
        let given = listed.lines().map(|line| {
            let mut words = line.split(' ');
            let name = words.next().unwrap_or_default().to_owned();
            (name, zeros(&words.map(|side| side.parse().unwrap()).collect::<Vec<_>>()))
        });
        let last = LastLayer { weight: "classifier.1.weight".into(), bias: "classifier.1.bias".into() };
        let named = name_as(given.collect(), &shapes_of(&params), Some(&last)).unwrap();
        let report = params.assign(&named.tensors).unwrap();
        assert!(report.is_exact(), "{:?} {:?} {:?}", report.missing, report.unexpected, report.misshaped);
        assert!(named.notes.iter().any(|note| note.contains("timm")), "{:?}", named.notes);
    }
}
