//! Files that say how pictures were prepared: the settings of a recipe here (TOML or JSON), `preprocessor_config.json` of
//! Hugging Face's transformers, and timm's `config.json`.

use crate::domain::Preprocessing;
use crate::domain::recipe::{Interpolation, Resize};
use serde_json::Value;
use std::path::Path;

/// Reads such a file.
pub(super) fn read(file: &Path) -> Result<Preprocessing, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    of(&text).map_err(|why| format!("{} does not say how pictures are prepared ({why})", file.display()))
}

fn of(text: &str) -> Result<Preprocessing, String> {
    let value: Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?
    } else {
        toml::from_str(text).map_err(|error| format!("it is no TOML: {}", error.message()))?
    };
    if let Some(timm) = value.get("pretrained_cfg").or_else(|| value.get("input_size").map(|_| &value)) {
        return of_timm(timm);
    }
    if value.get("image_mean").is_some() {
        return of_transformers(&value);
    }
    let own = value.get("preprocessing").unwrap_or(&value);
    // What is left out would be taken from a small grey network, which nobody means.
    for key in ["channels", "resize", "width", "height", "mean", "std"] {
        if own.get(key).is_none() {
            return Err(format!(
                "{key} is missing: it needs channels, resize, width, height, mean and std as in a recipe, or the keys of \
                 transformers or timm"
            ));
        }
    }
    serde_json::from_value(own.clone()).map_err(|error| error.to_string())
}

fn numbers(value: &Value, key: &str) -> Result<Vec<f32>, String> {
    let list = value.get(key).and_then(Value::as_array).ok_or_else(|| format!("{key} is missing"))?;
    list.iter().map(|v| v.as_f64().map(|v| v as f32).ok_or_else(|| format!("{key} holds no numbers"))).collect()
}

fn side(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok()
}

/// timm's `pretrained_cfg`: input_size, crop_pct, crop_mode, interpolation, mean, std.
fn of_timm(config: &Value) -> Result<Preprocessing, String> {
    let sides: Vec<usize> =
        config.get("input_size").and_then(Value::as_array).into_iter().flatten().filter_map(side).collect();
    let [channels, height, width] = sides[..] else { return Err("input_size is not channels, height, width".into()) };
    let share = config.get("crop_pct").and_then(Value::as_f64).unwrap_or(0.875);
    if !(share > 0.0 && share <= 1.0) {
        return Err(format!("crop_pct is {share}"));
    }
    let mode = config.get("crop_mode").and_then(Value::as_str).unwrap_or("center");
    let resize = match mode {
        // timm cuts the length to a whole number.
        "center" => Resize::ShorterSideThenCrop((width.min(height) as f64 / share).floor() as usize),
        "squash" if share == 1.0 => Resize::Stretch,
        "border" if share == 1.0 => Resize::Pad,
        other => return Err(format!("crop_mode {other} with crop_pct {share} has no like here")),
    };
    let name = config.get("interpolation").and_then(Value::as_str).unwrap_or("bilinear");
    let interpolation = Interpolation::from_name(name).ok_or_else(|| format!("interpolation is {name}"))?;
    let (mean, std) = (numbers(config, "mean")?, numbers(config, "std")?);
    Ok(Preprocessing {
        channels,
        resize,
        width,
        height,
        mean,
        std,
        interpolation,
        rounded: true,
        ..Preprocessing::default()
    })
}

/// The settings of transformers' image processors.
fn of_transformers(config: &Value) -> Result<Preprocessing, String> {
    let is = |key: &str| config.get(key).and_then(Value::as_bool).unwrap_or(true);
    if !is("do_normalize") || !is("do_rescale") || !is("do_resize") {
        return Err("a step of do_resize, do_rescale and do_normalize is switched off".into());
    }
    let scale = config.get("rescale_factor").and_then(Value::as_f64).unwrap_or(1.0 / 255.0);
    if (scale - 1.0 / 255.0).abs() > 1e-6 {
        return Err(format!("rescale_factor is {scale}, not 1/255"));
    }
    let crops = config.get("do_center_crop").and_then(Value::as_bool).unwrap_or(false);
    let both = |value: &Value| -> Option<(usize, usize)> {
        side(value).map(|side| (side, side)).or_else(|| Some((side(value.get("width")?)?, side(value.get("height")?)?)))
    };
    let size = config.get("size").ok_or("size is missing")?;
    let shorter = size.get("shortest_edge").and_then(side);
    let (resize, (width, height)) = match (shorter, both(size), crops) {
        (Some(shorter), _, true) => {
            let crop = config.get("crop_size").and_then(both).ok_or("crop_size is missing")?;
            (Resize::ShorterSideThenCrop(shorter), crop)
        }
        (None, Some(size), false) => (Resize::Stretch, size),
        _ => return Err("its size and crop_size have no like here".into()),
    };
    // Pillow's numbers.
    let interpolation = match config.get("resample").and_then(Value::as_u64).unwrap_or(2) {
        0 => Interpolation::Nearest,
        1 => Interpolation::Lanczos,
        2 => Interpolation::Bilinear,
        3 => Interpolation::Bicubic,
        other => return Err(format!("resample is {other}")),
    };
    let (mean, std) = (numbers(config, "image_mean")?, numbers(config, "image_std")?);
    let channels = mean.len();
    Ok(Preprocessing {
        channels,
        resize,
        width,
        height,
        mean,
        std,
        interpolation,
        rounded: true,
        ..Preprocessing::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_others_and_our_own_say_the_same() {
        let timm = r#"{"architecture": "efficientnet_b0", "pretrained_cfg": {"input_size": [3, 224, 224],
            "crop_pct": 0.875, "crop_mode": "center", "interpolation": "bicubic", "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225]}}"#;
        let transformers = r#"{"do_center_crop": true, "crop_size": {"height": 224, "width": 224}, "do_resize": true,
            "size": {"shortest_edge": 256}, "resample": 3, "image_mean": [0.485, 0.456, 0.406],
            "image_std": [0.229, 0.224, 0.225], "rescale_factor": 0.00392156862745098}"#;
        let own = "[preprocessing]\nchannels = 3\nresize = { shorter-side-then-crop = 256 }\nwidth = 224\nheight = 224\n\
                   mean = [0.485, 0.456, 0.406]\nstd = [0.229, 0.224, 0.225]\ninterpolation = \"bicubic\"\nrounded = true\n";
        let expected = Preprocessing {
            interpolation: Interpolation::Bicubic,
            rounded: true,
            ..Preprocessing::imagenet(Resize::ShorterSideThenCrop(256), 224)
        };
        for text in [timm, transformers, own] {
            assert_eq!(of(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_has_no_like_is_refused() {
        for (text, word) in [
            ("[preprocessing]\nchannels = 3\n", "resize is missing"),
            (r#"{"input_size": [3, 224, 224], "crop_pct": 0.9, "crop_mode": "squash"}"#, "crop_mode"),
            (r#"{"image_mean": [0.5], "image_std": [0.5], "do_normalize": false}"#, "switched off"),
            (r#"{"image_mean": [0.5], "image_std": [0.5], "size": {"shortest_edge": 256}}"#, "no like"),
            ("{", "JSON"),
        ] {
            let why = of(text).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }
}
