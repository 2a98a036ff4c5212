//! The labelling configuration (labelstud.io/tags) that lies beside an export: which names may be chosen, in their order.

use crate::interchange::model::draft::Drafts;
use crate::interchange::model::names::{base_name, below, folder_of};
use crate::interchange::source::listing::{LARGEST_OF_ONE, Source};
use crate::interchange::source::text::{head_of, text_of};
use crate::interchange::source::walk::File;
use crate::interchange::source::xml::{self, Element, Visit};

/// What a configuration is called as Overread and people save it.
const USUAL: &str = "label_config.xml";
/// The outermost element.
const ROOT: &str = "View";

/// A question of a configuration, and what may be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Control {
    name: String,
    asks: Asks,
    values: Vec<String>,
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    /// The image as a whole.
    OfImage,
    /// What a region is.
    OfRegions,
    /// Something else about each region.
    MoreOfRegions,
}

/// A configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    controls: Vec<Control>,
    root: bool,
}

impl Config {
    /// What a text says.
    fn of(text: &str) -> Result<Self, String> {
        let mut config = Self::default();
        xml::visit(text, &mut config)?;
        Ok(config)
    }

    /// The questions about the image.
    pub fn questions(&self) -> impl Iterator<Item = &str> {
        self.asking(Asks::OfImage).map(|control| control.name.as_str())
    }

    /// What may be answered to a question about the image.
    pub fn answers(&self, question: &str) -> &[String] {
        let mut asking = self.asking(Asks::OfImage);
        asking.find(|control| control.name == question).map(|control| control.values.as_slice()).unwrap_or_default()
    }

    /// What regions may be called.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.asking(Asks::OfRegions).flat_map(|control| &control.values).map(String::as_str)
    }

    fn asking(&self, asks: Asks) -> impl Iterator<Item = &Control> {
        self.controls.iter().filter(move |control| control.asks == asks)
    }
}

impl Visit for Config {
    fn open(&mut self, within: &[String], name: &str, element: &Element<'_>) -> Result<(), String> {
        self.root |= within.is_empty() && name == ROOT;
        let of_regions = ["RectangleLabels", "PolygonLabels", "EllipseLabels", "Labels"].contains(&name);
        if name == "Choices" || of_regions {
            // What is asked of each region is no class of it.
            let per_region = element.attribute("perRegion").is_some_and(|said| said.eq_ignore_ascii_case("true"));
            let asks = match (of_regions, per_region) {
                (true, _) => Asks::OfRegions,
                (false, true) => Asks::MoreOfRegions,
                (false, false) => Asks::OfImage,
            };
            let name = element.attribute("name").unwrap_or_default();
            self.controls.push(Control { name, asks, values: Vec::new() });
        }
        let parent = within.last().map(String::as_str);
        let asks = name == "Choice" && parent == Some("Choices")
            || name == "Label" && parent.is_some_and(|parent| parent.ends_with("Labels"));
        if asks
            // Exports have the alias where there is one.
            && let Some(value) = element.attribute("alias").or_else(|| element.attribute("value"))
            && let Some(control) = self.controls.last_mut()
            && !control.values.contains(&value)
        {
            control.values.push(value);
        }
        Ok(())
    }

    fn close(&mut self, _: &[String], _: &str, _: &str) {}
}

/// The configurations of a source, with the names of their files.
#[derive(Default)]
pub struct Configs(Vec<(String, Config)>);

impl Configs {
    /// Reads those that are there; a broken one is left out with a word.
    pub fn of(source: &Source, draft: &mut Drafts) -> Self {
        let beside = source.path.with_file_name(USUAL);
        // Of one file only itself is listed.
        let beside = (source.is_file && beside.is_file()).then(|| File::at(&beside, USUAL));
        let mut configs = Self::default();
        for file in source.with_extension("xml").chain(beside.as_ref()) {
            if !head_of(&file.path()).contains(&format!("<{ROOT}")) {
                continue;
            }
            match text_of(file, LARGEST_OF_ONE).and_then(|text| Config::of(&text)) {
                Ok(config) if config.root && !config.controls.is_empty() => {
                    configs.0.push((file.name.to_string(), config));
                }
                Ok(_) => {}
                Err(why) => draft.leave_out(file.name.clone(), why),
            }
        }
        configs
    }

    /// The one of an export of this name, and its file: the nearest in the folders above it, and of several that which is
    /// called as usual.
    pub fn beside(&self, export: &str) -> Option<(&str, &Config)> {
        let above = self.0.iter().filter(|(file, _)| below(export, folder_of(file)));
        let nearest = above.max_by_key(|(file, _)| (folder_of(file).len(), base_name(file) == USUAL));
        nearest.map(|(file, config)| (file.as_str(), config))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_their_order_and_by_their_alias() {
        let config = Config::of(
            r#"<View><Image name="image" value="$image"/>
            <Choices name="side" toName="image"><Choice value="right"/><Choice value="L &amp; R" alias="both"/></Choices>
            <Choices name="grade" toName="image" perRegion="true"><Choice value="1"/></Choices>
            <View><RectangleLabels name="box" toName="image"><Label value="mass"/><Label value="cyst"/></RectangleLabels></View>
            </View>"#,
        )
        .unwrap();
        assert!(config.root);
        assert_eq!(config.questions().collect::<Vec<_>>(), ["side"]);
        assert_eq!(config.answers("side"), ["right", "both"]);
        assert_eq!((config.answers("grade").len(), config.labels().collect::<Vec<_>>()), (0, vec!["mass", "cyst"]));
        assert!(Config::of("<View><Choices>").is_err());
    }
}
