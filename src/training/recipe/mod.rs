//! Recipes as TOML: the built-in ones, reading, changing one setting, checking, and saying it all in plain words.

mod architecture;
mod augmentation;
mod check;
mod describe;
mod detector;
mod list;
mod set;

pub use check::check;
pub use describe::describe;
pub use list::list;
pub use set::set;

use crate::domain::Recipe;
use std::path::Path;

const BUILTIN: &[&str] = &[
    include_str!("../../../assets/recipes/demo-cnn.toml"),
    include_str!("../../../assets/recipes/demo-ankle.toml"),
    include_str!("../../../assets/recipes/demo-boxes.toml"),
    include_str!("../../../assets/recipes/small-cnn.toml"),
    include_str!("../../../assets/recipes/knee-cnn.toml"),
    include_str!("../../../assets/recipes/ankle-baseline.toml"),
    include_str!("../../../assets/recipes/fracture-resnet18.toml"),
    include_str!("../../../assets/recipes/ankle-resnet18.toml"),
    include_str!("../../../assets/recipes/practicum-simplecnn.toml"),
    include_str!("../../../assets/recipes/practicum-resnet50.toml"),
    include_str!("../../../assets/recipes/practicum-efficientnet-b0.toml"),
    include_str!("../../../assets/recipes/demo-findings.toml"),
    include_str!("../../../assets/recipes/findings-resnet18.toml"),
    include_str!("../../../assets/recipes/findings-densenet121.toml"),
    include_str!("../../../assets/recipes/boxes-light.toml"),
    include_str!("../../../assets/recipes/chest-fasterrcnn.toml"),
];

/// Why a text is no usable recipe.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    #[error("the recipe cannot be read{}: {what}", line.map(|n| format!(" in line {n}")).unwrap_or_default())]
    Syntax { line: Option<usize>, what: String },
    #[error("recipe setting {field}: {why}")]
    Field { field: String, why: String },
    #[error("there is no recipe {name:?}: the built-in ones are {known}; a file's name must end in .toml")]
    Unknown { name: String, known: String },
    #[error("the recipe {path} cannot be read: {why}")]
    Unreadable { path: String, why: String },
    #[error("{given:?} changes no setting: write key=value, for instance optimizer.learning_rate=0.001")]
    NoAssignment { given: String },
}

impl RecipeError {
    fn field(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Field { field: field.into(), why: why.into() }
    }
}

/// The recipes that come with the program, in the order they are offered.
pub fn builtin() -> Vec<Recipe> {
    BUILTIN.iter().filter_map(|text| parse(text).ok()).collect()
}

/// Reads and checks a recipe.
///
/// # Errors
/// When the text is no TOML, names a setting that does not exist, or gives one a value that cannot be.
pub fn parse(text: &str) -> Result<Recipe, RecipeError> {
    let recipe: Recipe = toml::from_str(text).map_err(|error| RecipeError::Syntax {
        line: error.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1),
        what: one_line(error.message()),
    })?;
    check(&recipe)?;
    Ok(recipe)
}

/// A recipe as the TOML that [`parse`] reads.
///
/// # Errors
/// When a number is too large for TOML.
pub fn to_toml(recipe: &Recipe) -> Result<String, RecipeError> {
    toml::to_string_pretty(recipe)
        .map_err(|error| RecipeError::Syntax { line: None, what: one_line(&error.to_string()) })
}

/// The built-in recipe of this name, else the recipe in the file of this name, which must end in `.toml`.
///
/// # Errors
/// When there is neither, or the file is no usable recipe.
pub fn find(name_or_path: &str) -> Result<Recipe, RecipeError> {
    let known = builtin();
    if let Some(recipe) = known.iter().find(|recipe| recipe.name == name_or_path) {
        return Ok(recipe.clone());
    }
    let path = Path::new(name_or_path);
    if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
        let known: Vec<&str> = known.iter().map(|recipe| recipe.name.as_str()).collect();
        return Err(RecipeError::Unknown { name: name_or_path.to_owned(), known: known.join(", ") });
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| RecipeError::Unreadable { path: name_or_path.to_owned(), why: error.to_string() })?;
    parse(&text)
}

pub(super) fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recipe::{Augmentation, ClassifierArchitecture, Optimizer, Resize, Schedule};
    use crate::domain::{Metric, Preprocessing};

    #[test]
    fn every_built_in_recipe_is_read_and_survives_being_written() {
        let recipes: Vec<Recipe> = BUILTIN.iter().map(|text| parse(text).unwrap()).collect();
        assert_eq!(recipes.len(), builtin().len());
        for (at, recipe) in recipes.iter().enumerate() {
            assert_eq!(&parse(&to_toml(recipe).unwrap()).unwrap(), recipe);
            assert_eq!(&find(&recipe.name).unwrap(), recipe);
            assert!(recipes.iter().skip(at + 1).all(|other| other.name != recipe.name && other.title != recipe.title));
            assert!(recipe.description.ends_with('.'), "{}", recipe.name);
            assert!(!describe(recipe).is_empty());
        }
    }

    #[test]
    fn recipes_written_before_a_setting_existed_are_read() {
        let old = "epochs = 3\nbest_by = \"validation-accuracy\"\nimbalance = \"weighted-sampling\"\n\
                   [schedule]\nkind = \"plateau\"\nfactor = 0.5\npatience = 5\n\
                   [optimizer]\nkind = \"sgd\"\nlearning_rate = 0.1\nmomentum = 0.9\nnesterov = true\nweight_decay = 0.0";
        let recipe = parse(old).unwrap();
        assert_eq!(recipe.schedule, crate::domain::recipe::Schedule::plateau(0.5, 5));
        assert_eq!((recipe.accumulate, recipe.clip_norm, recipe.backbone_rate), (1, 0.0, 1.0));
        let json = "{\"epochs\":3,\"schedule\":{\"kind\":\"cosine\",\"warmup_epochs\":2},\"patience\":null}";
        let recipe: Recipe = serde_json::from_str(json).unwrap();
        assert_eq!(recipe.schedule, crate::domain::recipe::Schedule::cosine(2));
    }

    #[test]
    fn the_projects_recipes_have_the_projects_settings() {
        let ankle = find("ankle-resnet18").unwrap();
        let wanted = Optimizer::Adam { learning_rate: 1e-5, weight_decay: 1e-2 };
        assert_eq!((ankle.architecture, ankle.optimizer), (ClassifierArchitecture::ResNet18.into(), wanted));
        assert_eq!(ankle.schedule, Schedule::plateau(0.5, 5));
        assert_eq!((ankle.batch, ankle.epochs, ankle.patience, ankle.augmentation.views()), (16, 30, Some(10), 3));
        assert_eq!(ankle.best_by, Metric::Loss);
        assert!(ankle.augmentation.of_copy(0).changes_nothing());
        let fracture = find("fracture-resnet18").unwrap();
        assert_eq!(fracture.preprocessing, Preprocessing::imagenet(Resize::ShorterSideThenCrop(256), 224));
        assert_eq!(fracture.optimizer, Optimizer::Adam { learning_rate: 1e-3, weight_decay: 0.0 });
        assert_eq!((fracture.batch, fracture.epochs, fracture.freeze_backbone_epochs), (32, 5, 1));
        assert_eq!(fracture.best_by, Metric::Accuracy);
        let only_flip = Augmentation { horizontal_flip: true, ..Augmentation::default() };
        assert_eq!(fracture.augmentation, only_flip);
        let baseline = find("ankle-baseline").unwrap();
        let small = |network: &ClassifierArchitecture| match network {
            ClassifierArchitecture::SimpleCnn(network) => network.channels == [8, 16, 32],
            _ => false,
        };
        assert!(baseline.architecture.classifier().is_some_and(small));
        assert_eq!((baseline.batch, baseline.epochs, baseline.optimizer.learning_rate()), (16, 10, 1e-3));
        for name in ["practicum-simplecnn", "practicum-resnet50", "practicum-efficientnet-b0"] {
            let recipe = find(name).unwrap();
            assert_eq!(recipe.preprocessing, Preprocessing::imagenet(Resize::Stretch, 224), "{name}");
            assert!(recipe.augmentation.horizontal_flip && recipe.augmentation.rotation > 0.0, "{name}");
        }
    }

    #[test]
    fn the_ankle_baseline_has_as_many_weights_as_its_layers_count_up_to() {
        let recipe = find("ankle-baseline").unwrap();
        let params = crate::nn::Params::new(&candle_core::Device::Cpu, 1);
        crate::models::build(recipe.architecture.classifier().unwrap(), &recipe.preprocessing, 3, &params).unwrap();
        let weights: usize = params.trainable().iter().map(|(_, var)| var.elem_count()).sum();
        let convolutions = (3 * 9 + 1) * 8 + (8 * 9 + 1) * 16 + (16 * 9 + 1) * 32;
        assert_eq!(weights, convolutions + (32 * 28 * 28 + 1) * 128 + (128 + 1) * 3);
    }

    #[test]
    fn mistakes_are_named() {
        let message = |text: &str| parse(text).unwrap_err().to_string();
        assert!(message("epochs = 3\nepoch = 4").contains("line 2"));
        assert!(message("epoch = 4").contains("epoch"));
        assert!(message("epochs = \"many\"").contains("line 1"));
        assert!(message("epochs = 0").contains("epochs"));
        assert!(message("clipnorm = 1").contains("clip_norm"));
        let one_cycle = message("[schedule]\nkind = \"one-cycle\"\npeak = 2");
        assert!(one_cycle.contains("peak") && one_cycle.contains("start_divisor"), "{one_cycle}");
        assert!(
            message("[optimizer]\nkind = \"adam\"\nlearning_rate = -1\nweight_decay = 0").contains("learning_rate")
        );
        assert!(
            message("[optimizer]\nkind = \"adam\"\nlearning_rate = 1\nweight_decay = 0\nbeta = 2").contains("beta")
        );
        assert!(find("resnet-9000").unwrap_err().to_string().contains("small-cnn"));
        assert!(find("/nowhere/mine.toml").unwrap_err().to_string().contains("/nowhere/mine.toml"));
    }
}
