//! Names of timm's EfficientNet-B0 (pytorch-image-models 1.0) as torchvision's. Its ResNets and DenseNets have torchvision's
//! names themselves.

/// Blocks of each stage.
const STAGES: usize = 7;

/// torchvision's name of a tensor that timm calls so; `None` where timm has no such name.
pub(super) fn name(timm: &str) -> Option<String> {
    let parts: Vec<&str> = timm.split('.').collect();
    Some(match parts.as_slice() {
        ["conv_stem", rest] => format!("features.0.0.{rest}"),
        ["bn1", rest] => format!("features.0.1.{rest}"),
        ["conv_head", rest] => format!("features.8.0.{rest}"),
        ["bn2", rest] => format!("features.8.1.{rest}"),
        ["classifier", rest] => format!("classifier.1.{rest}"),
        ["blocks", stage, block, inner @ ..] => {
            let stage: usize = stage.parse().ok().filter(|stage| *stage < STAGES)?;
            let within = within_block(inner, stage == 0)?;
            format!("features.{}.{block}.block.{within}", stage + 1)
        }
        _ => return None,
    })
}

/// The blocks of the first stage do not widen: depthwise, squeeze, project; others widen first.
fn within_block(inner: &[&str], first: bool) -> Option<String> {
    let (layer, rest) = match inner {
        ["se", layer, rest] => (format!("se.{layer}"), rest),
        [layer, rest] => ((*layer).to_owned(), rest),
        _ => return None,
    };
    let place = match (layer.as_str(), first) {
        ("conv_dw", true) | ("conv_pw", false) => "0.0",
        ("bn1", _) => "0.1",
        ("conv_dw", false) => "1.0",
        ("bn2", false) => "1.1",
        ("se.conv_reduce", true) => "1.fc1",
        ("se.conv_expand", true) => "1.fc2",
        ("se.conv_reduce", false) => "2.fc1",
        ("se.conv_expand", false) => "2.fc2",
        ("conv_pw", true) => "2.0",
        ("bn2", true) => "2.1",
        ("conv_pwl", false) => "3.0",
        ("bn3", false) => "3.1",
        _ => return None,
    };
    Some(format!("{place}.{rest}"))
}
