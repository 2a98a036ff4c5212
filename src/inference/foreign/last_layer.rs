//! The last layer of weights from elsewhere: what its outputs are, and its classes in the project's order.

use crate::domain::recipe::Head;
use crate::models::LastLayer;
use candle_core::{Result, Tensor};
use std::collections::HashMap;

/// What a person may say of the outputs of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// One a class, a softmax over them.
    Softmax,
    /// A single one, which a sigmoid makes the probability of the second class.
    Sigmoid,
    /// One a finding, each with a sigmoid of its own.
    Sigmoids,
    /// One a step between grades, each given that its grade is reached.
    Corn,
    /// One a step between grades, without that condition.
    Coral,
}

/// What the rows of a last layer are, or in a sentence why they are nothing that can be used.
pub(super) fn outputs(
    rows: usize,
    classes: usize,
    coral: bool,
    said: Option<Outputs>,
) -> std::result::Result<Outputs, String> {
    let steps = classes.saturating_sub(1);
    let fits = |wanted: Outputs| match wanted {
        Outputs::Softmax => rows == classes,
        Outputs::Sigmoid => rows == 1 && classes == 2,
        Outputs::Sigmoids => false,
        Outputs::Corn | Outputs::Coral => rows == steps && steps > 0,
    };
    if let Some(said) = said {
        let needs = match said {
            Outputs::Softmax => format!("softmax takes one output a class, {classes}"),
            Outputs::Sigmoid | Outputs::Sigmoids if rows > 1 => {
                return Err(format!(
                    "a sigmoid for each of its {rows} outputs answers several findings an image, and the images of this project \
                     have one class: make it a project of findings with `overread convert --to findings`, or leave out --head \
                     if a softmax is meant"
                ));
            }
            Outputs::Sigmoid | Outputs::Sigmoids => "a sigmoid takes one output and two classes".to_owned(),
            Outputs::Corn => format!("CORN takes one output a step between {classes} grades, {steps}"),
            Outputs::Coral => format!("CORAL takes one output a step between {classes} grades, {steps}"),
        };
        return if fits(said) { Ok(said) } else { Err(format!("{needs}; the last layer has {rows}")) };
    }
    if coral && fits(Outputs::Coral) {
        return Ok(Outputs::Coral);
    }
    if fits(Outputs::Softmax) {
        return Ok(Outputs::Softmax);
    }
    if fits(Outputs::Sigmoid) {
        return Ok(Outputs::Sigmoid);
    }
    Err(match rows {
        1 => format!(
            "its last layer has a single output (a sigmoid, or a measured value): that tells two classes apart, not {classes}"
        ),
        rows if rows == steps => format!(
            "its last layer has {rows} outputs for {classes} classes, one a step between two grades: say whether it was \
             trained with --head corn or --head coral"
        ),
        rows => format!(
            "its last layer has {rows} outputs, and the project has {classes} classes: it answers in this project when both are \
             the same; else start a training from it, which gives it a last layer of its own (`overread train --weights`)"
        ),
    })
}

/// What the rows of a last layer are in a project of findings, `named` outputs of which are known; or in a sentence why they
/// cannot be used.
pub(super) fn of_findings(
    rows: usize,
    named: usize,
    coral: bool,
    said: Option<Outputs>,
) -> std::result::Result<Outputs, String> {
    let other = match said {
        Some(Outputs::Softmax) => {
            Some("a softmax shares one probability out among its outputs, so that one excludes the others")
        }
        Some(Outputs::Corn | Outputs::Coral) => Some("steps between grades are answers of one scale"),
        None if coral => Some("its last layer is CORAL's, and steps between grades are answers of one scale"),
        Some(Outputs::Sigmoid | Outputs::Sigmoids) | None => None,
    };
    if let Some(why) = other {
        return Err(format!(
            "{why}, while an image of this project may have several findings or none: import it into a project of one class an \
             image, or train a network with a sigmoid for each finding from it with `overread train --weights`"
        ));
    }
    if rows == named {
        return Ok(Outputs::Sigmoids);
    }
    Err(format!(
        "its last layer has {rows} outputs, and {named} findings are named: name with --classes all {rows} in the order of the \
         last layer, and with --leave-out those that are no finding of the project"
    ))
}

impl Outputs {
    /// What the network is made for.
    pub(super) fn head(self) -> Head {
        match self {
            Self::Softmax | Self::Sigmoid => Head::Classes,
            Self::Sigmoids => Head::Findings,
            Self::Corn => Head::Corn,
            Self::Coral => Head::Coral,
        }
    }

    /// In words, where it is not the usual one.
    pub(super) fn note(self, classes: &[String]) -> Option<String> {
        let second = classes.get(1).map_or("", String::as_str);
        match self {
            Self::Softmax => None,
            Self::Sigmoid => Some(format!(
                "its last layer has a single output (sigmoid), taken as the probability of {second}; it is kept as two outputs \
                 that give the same probabilities"
            )),
            Self::Sigmoids => Some("its outputs are taken as findings, each with a sigmoid of its own".to_owned()),
            Self::Corn => {
                Some("its outputs are steps between grades, each given that its grade is reached (CORN)".to_owned())
            }
            Self::Coral => Some("its outputs are steps between grades (CORAL)".to_owned()),
        }
    }
}

/// One output as two whose softmax is its sigmoid: half of it to either side.
pub(super) fn two_of_one(tensors: &mut HashMap<String, Tensor>, last: &LastLayer) -> Result<()> {
    for name in [&last.weight, &last.bias] {
        if let Some(tensor) = tensors.get(name) {
            let half = (tensor * 0.5)?;
            let both = Tensor::cat(&[&half.neg()?, &half], 0)?;
            tensors.insert(name.clone(), both);
        }
    }
    Ok(())
}

/// The rows of the last layer that answer, in this order; where there is none, a row of nothing.
pub(super) fn pick(tensors: &mut HashMap<String, Tensor>, last: &LastLayer, places: &[Option<usize>]) -> Result<()> {
    for name in [&last.weight, &last.bias] {
        let Some(tensor) = tensors.get(name) else { continue };
        let rows = tensor.dim(0)?;
        let nothing = tensor.narrow(0, 0, 1)?.zeros_like()?;
        let places: Vec<u32> = places.iter().map(|place| place.unwrap_or(rows) as u32).collect();
        let places = Tensor::new(places, tensor.device())?;
        let picked = Tensor::cat(&[tensor, &nothing], 0)?.index_select(&places, 0)?;
        tensors.insert(name.clone(), picked);
    }
    Ok(())
}

/// The first step between grades whose threshold lies below the one before, where one does: what lies between would have a
/// probability below 0.
pub(super) fn crossed_step(tensors: &HashMap<String, Tensor>, last: &LastLayer) -> Result<Option<usize>> {
    let Some(bias) = tensors.get(&last.bias) else { return Ok(None) };
    let bias = bias.flatten_all()?.to_vec1::<f32>()?;
    Ok(bias.windows(2).position(|pair| matches!(pair, [a, b] if b > a)).map(|at| at + 1))
}

/// Brings the rows of the layers that answer from the order `from` to the order `to` of the same classes.
///
/// # Errors
/// Those of the tensor library.
pub(super) fn reorder(
    tensors: &mut HashMap<String, Tensor>,
    last: Option<&LastLayer>,
    from: &[String],
    to: &[String],
) -> Result<()> {
    let places: Vec<u32> =
        to.iter().filter_map(|name| from.iter().position(|other| other == name)).map(|at| at as u32).collect();
    let boxes = ["cls_score.weight", "cls_score.bias", "bbox_pred.weight", "bbox_pred.bias"];
    let names = match last {
        Some(last) => vec![last.weight.clone(), last.bias.clone()],
        None => boxes.map(|name| format!("roi_heads.box_predictor.{name}")).to_vec(),
    };
    let classes = places.len() as u32;
    for name in names {
        let Some(tensor) = tensors.get(&name) else { continue };
        let rows = tensor.dims().first().copied().unwrap_or(0) as u32;
        // Of a network that draws boxes the first is what is no object, and each has four sides to correct.
        let rows: Vec<u32> = if rows == classes {
            places.clone()
        } else if rows == classes + 1 {
            std::iter::once(0).chain(places.iter().map(|at| at + 1)).collect()
        } else if rows == 4 * (classes + 1) {
            std::iter::once(0)
                .chain(places.iter().map(|at| at + 1))
                .flat_map(|at| (0..4).map(move |side| 4 * at + side))
                .collect()
        } else {
            continue;
        };
        let rows = Tensor::new(rows, tensor.device())?;
        let moved = tensor.index_select(&rows, 0)?;
        tensors.insert(name, moved);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn every_kind_of_output_is_told_or_refused_by_its_name() {
        let settle = |rows, classes| outputs(rows, classes, false, None);
        assert_eq!(settle(5, 5), Ok(Outputs::Softmax));
        assert_eq!(settle(1, 2), Ok(Outputs::Sigmoid));
        assert_eq!(outputs(4, 5, true, None), Ok(Outputs::Coral));
        assert_eq!(outputs(4, 5, false, Some(Outputs::Corn)), Ok(Outputs::Corn));
        for (found, word) in [
            (settle(1, 5), "a single output (a sigmoid, or a measured value)"),
            (settle(4, 5), "--head corn or --head coral"),
            (settle(1000, 5), "1000 outputs, and the project has 5 classes"),
            (outputs(4, 4, false, Some(Outputs::Corn)), "CORN takes one output a step between 4 grades, 3"),
            (outputs(1, 3, false, Some(Outputs::Sigmoid)), "a sigmoid takes one output"),
            (outputs(2, 2, false, Some(Outputs::Sigmoid)), "overread convert --to findings"),
            (of_findings(3, 3, false, Some(Outputs::Softmax)), "a softmax shares one probability out"),
            (of_findings(3, 3, true, None), "CORAL's"),
            (of_findings(15, 14, false, None), "15 outputs, and 14 findings are named"),
        ] {
            let why = found.unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }

    #[test]
    fn rows_go_to_the_projects_order() {
        let words = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (from, to) = (words(&["1", "10", "2"]), words(&["1", "2", "10"]));
        let last = LastLayer { weight: "fc.weight".into(), bias: "fc.bias".into() };
        let column = |n: usize| Tensor::arange(0f32, n as f32, &Device::Cpu).unwrap().reshape((n, 1)).unwrap();
        let mut tensors = HashMap::from([("fc.weight".to_owned(), column(3))]);
        reorder(&mut tensors, Some(&last), &from, &to).unwrap();
        assert_eq!(tensors["fc.weight"].flatten_all().unwrap().to_vec1::<f32>().unwrap(), [0.0, 2.0, 1.0]);

        let mut tensors = HashMap::from([
            ("roi_heads.box_predictor.cls_score.weight".to_owned(), column(4)),
            ("roi_heads.box_predictor.bbox_pred.weight".to_owned(), column(16)),
        ]);
        reorder(&mut tensors, None, &from, &to).unwrap();
        let rows = |name: &str| tensors[name].flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(rows("roi_heads.box_predictor.cls_score.weight"), [0.0, 1.0, 3.0, 2.0]);
        let expected = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 12.0, 13.0, 14.0, 15.0, 8.0, 9.0, 10.0, 11.0];
        assert_eq!(rows("roi_heads.box_predictor.bbox_pred.weight"), expected);
    }
}
