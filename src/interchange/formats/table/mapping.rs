//! Which column of a table holds what: told by the columns' names, or said by a person.
//!
//! NIH's `BBox_List_2017.csv` names the first of four box columns `Bbox [x` and the last `h]`; tables made of it have
//! `Bbox [x, y, w, h]` as one. FracAtlas' `dataset.csv` has a column `fractured` of 0 and 1.

use crate::interchange::model::columns::{Columns, Role};

/// What a column that names the images may be called, letters and digits only; those that say more go first.
const IMAGES: [&str; 24] = [
    "path",
    "filename",
    "filepath",
    "imagepath",
    "imgpath",
    "imagefile",
    "imagefilename",
    "imageindex",
    "image",
    "imageid",
    "imagename",
    "imgid",
    "imgname",
    "file",
    "files",
    "filestem",
    "img",
    "images",
    "filenames",
    "filepaths",
    "fname",
    "idcode",
    "name",
    "id",
];
/// What a column that holds classes may be called; names go before what may be their numbers.
const CLASSES: [&str; 20] = [
    "labelname",
    "classname",
    "categoryname",
    "label",
    "labels",
    "class",
    "findinglabel",
    "findinglabels",
    "category",
    "finding",
    "findings",
    "lesiontype",
    "diagnosis",
    "dx",
    "pathology",
    "target",
    "grade",
    "retinopathygrade",
    "level",
    "classid",
];

/// What a column may be called of which images with the same value belong together; a patient goes before a study.
const GROUPS: [&str; 12] = [
    "group",
    "patient",
    "patientid",
    "patientindex",
    "subject",
    "subjectid",
    "participantid",
    "caseid",
    "lesionid",
    "uploader",
    "studyid",
    "studyinstanceuid",
];

/// What stands before the name of an attribute in the columns of our own tables, so that none is taken for a column of
/// another meaning.
pub const ATTRIBUTE: &str = "attribute ";

/// Where a table holds a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoxColumns {
    /// Left, top, right, bottom in pixels from 0, the maximum exclusive.
    Corners([usize; 4]),
    /// Left, top, width, height in pixels.
    Size([usize; 4]),
    /// Middle, width, height in pixels.
    Middle([usize; 4]),
    /// One cell with all four numbers; what they are, where the column's name or a person says it.
    OneCell(usize, Option<InCell>),
}

/// What the four numbers in a cell are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InCell {
    /// Left, top, width, height.
    Size,
    /// Left, top, right, bottom.
    Corners,
}

impl InCell {
    /// What a column of this name holds, where the name says it.
    fn of(column: &str) -> Option<Self> {
        let name = normal(column);
        let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
        if ends(&["xywh", "xywidthheight"]) {
            Some(Self::Size)
        } else if ends(&["xyxy", "x1y1x2y2", "x0y0x1y1", "xminyminxmaxymax"]) {
            Some(Self::Corners)
        } else {
            None
        }
    }
}

/// Which column holds what, by its place from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub image: usize,
    pub class: Option<usize>,
    /// Columns of which a person said that each is a finding's.
    pub findings: Vec<usize>,
    pub boxes: Option<BoxColumns>,
    pub group: Option<usize>,
    pub split: Option<usize>,
    pub reader: Option<usize>,
    pub time: Option<usize>,
    /// The image's width and height in pixels.
    pub size: Option<[usize; 2]>,
    /// The class column holds 0 and 1, which mean the second and the first of these.
    pub yes_or_no: Option<[&'static str; 2]>,
}

impl Mapping {
    /// No column holds anything; the image's is beyond all that there may be.
    pub fn nothing() -> Self {
        let (class, boxes, group, split, reader, time) = (None, None, None, None, None, None);
        let findings = Vec::new();
        Self { image: usize::MAX, class, findings, boxes, group, split, reader, time, size: None, yes_or_no: None }
    }

    /// The mapping that a table's header suggests; `None` where no column looks like an image's name.
    pub fn of(columns: &[String]) -> Option<Self> {
        Some(Self::suggested(columns)).filter(Self::has_image)
    }

    /// Whether a column names the images.
    pub fn has_image(&self) -> bool {
        self.image != usize::MAX
    }

    /// What a table's header suggests, with or without a column for the images.
    pub fn suggested(columns: &[String]) -> Self {
        let names: Vec<String> = columns.iter().map(|name| normal(name)).collect();
        let find = |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|have| have == name));
        let image = find(&IMAGES);
        let all = |wanted: [&[&str]; 4]| {
            let [a, b, c, d] = wanted.map(find);
            Some([a?, b?, c?, d?])
        };
        // Counted from 0, x1 is the right side and not the left one.
        let from_zero = all([&["x0", "bboxx0"], &["y0", "bboxy0"], &["x1", "bboxx1"], &["y1", "bboxy1"]]);
        let corners = from_zero.or(all([
            &["xmin", "x1", "left", "xtl", "minx", "bboxxmin", "bboxx1", "xstart", "colmin", "mincol"],
            &["ymin", "y1", "top", "ytl", "miny", "bboxymin", "bboxy1", "ystart", "rowmin", "minrow"],
            &["xmax", "x2", "right", "xbr", "maxx", "bboxxmax", "bboxx2", "xend", "colmax", "maxcol"],
            &["ymax", "y2", "bottom", "ybr", "maxy", "bboxymax", "bboxy2", "yend", "rowmax", "maxrow"],
        ]));
        // NIH's header: Bbox [x,y,w,h] cut at its commas.
        let size = all([
            &["x", "bboxx", "boxx", "xmin", "left"],
            &["y", "bboxy", "boxy", "ymin", "top"],
            &["w", "bboxw", "boxwidth", "boxw", "bboxwidth", "width"],
            &["h", "bboxh", "boxheight", "boxh", "bboxheight", "height"],
        ]);
        let middle = all([
            &["xcenter", "xcentre", "centerx", "centrex", "xc", "cx", "xmid", "xmiddle"],
            &["ycenter", "ycentre", "centery", "centrey", "yc", "cy", "ymid", "ymiddle"],
            &["w", "boxwidth", "boxw", "bboxwidth", "bboxw", "width"],
            &["h", "boxheight", "boxh", "bboxheight", "bboxh", "height"],
        ])
        .map(BoxColumns::Middle);
        let one = find(&["bboxxywh", "bboxxyxy", "bbox", "box", "boundingbox", "boundingboxes"]);
        let size = size.map(BoxColumns::Size);
        let one = one.map(|at| BoxColumns::OneCell(at, columns.get(at).and_then(|name| InCell::of(name))));
        let boxes = corners.map(BoxColumns::Corners).or(size).or(middle).or(one);
        let of_image = match boxes {
            Some(BoxColumns::Size(_) | BoxColumns::Middle(_)) => {
                find(&["imagewidth", "imgwidth"]).zip(find(&["imageheight", "imgheight"]))
            }
            _ => find(&["imagewidth", "imgwidth", "width"]).zip(find(&["imageheight", "imgheight", "height"])),
        };
        let class = find(&CLASSES);
        let fractured = if class.is_none() { find(&["fractured"]) } else { None };
        Self {
            image: image.unwrap_or(usize::MAX),
            class: class.or(fractured),
            findings: Vec::new(),
            boxes,
            group: find(&GROUPS),
            split: find(&["split", "set", "subset", "fold"]),
            reader: find(&["reader", "annotator", "radiologist", "radid"]),
            time: find(&["time", "createdat", "updatedat"]),
            size: of_image.map(|(w, h)| [w, h]),
            // As the folders of FracAtlas are called.
            yes_or_no: fractured.map(|_| ["Fractured", "Non_fractured"]),
        }
    }

    /// The mapping a person gave; what was not said is told by the names, but never a box out of both.
    ///
    /// # Errors
    /// A sentence where a column is not in the header, or no column is known to name the images.
    pub fn given(header: &[String], columns: &Columns) -> Result<Self, String> {
        Self::given_beside(header, columns, Self::suggested(header))
    }

    /// As [`Self::given`]; what was not said is as in `told`.
    ///
    /// # Errors
    /// As [`Self::given`].
    pub fn given_beside(header: &[String], columns: &Columns, told: Self) -> Result<Self, String> {
        let place = |name: &String| {
            let at = header.iter().position(|have| have == name);
            let at = at.or_else(|| header.iter().position(|have| have.eq_ignore_ascii_case(name)));
            at.ok_or_else(|| format!("has no column {name:?}: its columns are {}", header.join(", ")))
        };
        let mut places = Vec::with_capacity(columns.len());
        for (role, name) in columns {
            places.push((*role, if name.is_empty() { None } else { Some(place(name)?) }));
        }
        let last = |role: Role| places.iter().rev().find(|(of, _)| *of == role).map(|(_, at)| *at);
        let said = |role: Role| last(role).flatten();
        let Some(image) = said(Role::Image).or(Some(told.image).filter(|_| told.has_image())) else {
            return Err(format!(
                "has no column called as images are: say which names them, --column image=NAME, of {}",
                header.join(", ")
            ));
        };
        let four = |roles: [Role; 4]| {
            let [a, b, c, d] = roles.map(said);
            Some([a?, b?, c?, d?])
        };
        let corners = four([Role::Xmin, Role::Ymin, Role::Xmax, Role::Ymax]).map(BoxColumns::Corners);
        let size = || four([Role::X, Role::Y, Role::W, Role::H]).map(BoxColumns::Size);
        let middle = || four([Role::XCenter, Role::YCenter, Role::W, Role::H]).map(BoxColumns::Middle);
        let one = |role, order| said(role).map(|at| BoxColumns::OneCell(at, order));
        let cell = || {
            let by_name = |at: usize| header.get(at).and_then(|name| InCell::of(name));
            let told = || said(Role::Box).map(|at| BoxColumns::OneCell(at, by_name(at)));
            one(Role::Xywh, Some(InCell::Size)).or(one(Role::Xyxy, Some(InCell::Corners))).or_else(told)
        };
        let boxes = corners.or_else(size).or_else(middle).or_else(cell);
        let of_box = Role::OF_BOX;
        let without_boxes = places.iter().any(|(role, at)| of_box.contains(role) && at.is_none());
        if boxes.is_none() && places.iter().any(|(role, at)| of_box.contains(role) && at.is_some()) {
            return Err("cannot be read: a box needs four columns, xmin, ymin, xmax, ymax or x, y, w, h or xcenter, ycenter, w, h, or one with all four, called box, xywh or xyxy".into());
        }
        // One column is not two things unless it was said to be.
        let or = |role, other: fn(&Self) -> Option<usize>| match last(role) {
            Some(said) => said,
            None => other(&told).filter(|at| *at != image),
        };
        let mut findings: Vec<usize> =
            places.iter().filter(|(role, _)| *role == Role::Finding).filter_map(|(_, at)| *at).collect();
        findings.dedup();
        // Who names the findings' columns has no need of a column of classes.
        let class = if findings.is_empty() { or(Role::Class, |told| told.class) } else { said(Role::Class) };
        Ok(Self {
            image,
            class,
            findings,
            boxes: boxes.or_else(|| Some(&told).filter(|_| !without_boxes).and_then(|told| told.boxes.clone())),
            group: or(Role::Group, |told| told.group),
            split: or(Role::Split, |told| told.split),
            reader: or(Role::Reader, |told| told.reader),
            time: or(Role::Time, |told| told.time),
            size: said(Role::Width).zip(said(Role::Height)).map(|(w, h)| [w, h]).or(told.size),
            yes_or_no: told.yes_or_no.filter(|_| told.class == class),
        })
    }

    /// Whether a column is one of those that hold something.
    pub fn uses(&self, at: usize) -> bool {
        let boxes = match &self.boxes {
            Some(BoxColumns::Corners(places) | BoxColumns::Size(places) | BoxColumns::Middle(places)) => {
                places.to_vec()
            }
            Some(BoxColumns::OneCell(place, _)) => vec![*place],
            None => Vec::new(),
        };
        let single = [Some(self.image), self.class, self.group, self.split, self.reader, self.time];
        single.contains(&Some(at))
            || self.findings.contains(&at)
            || boxes.contains(&at)
            || self.size.iter().flatten().any(|place| *place == at)
    }
}

/// Letters and digits of a column's name in lower case.
pub fn normal(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns_of(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    fn columns(pairs: &[(Role, &str)]) -> Columns {
        pairs.iter().map(|(role, name)| (*role, (*name).to_owned())).collect()
    }

    #[test]
    fn a_persons_word_goes_before_the_names() {
        let header = columns_of("Foto,Befund,image,label,l,o,r,u");
        let given = columns(&[
            (Role::Image, "Foto"),
            (Role::Class, "befund"),
            (Role::Xmin, "l"),
            (Role::Ymin, "o"),
            (Role::Xmax, "r"),
            (Role::Ymax, "u"),
        ]);
        let mapping = Mapping::given(&header, &given).unwrap();
        assert_eq!((mapping.image, mapping.class), (0, Some(1)));
        assert_eq!(mapping.boxes, Some(BoxColumns::Corners([4, 5, 6, 7])));
        assert!(mapping.uses(7) && !mapping.uses(3));
        let only_image = Mapping::given(&header, &columns(&[(Role::Image, "Foto")])).unwrap();
        assert_eq!(only_image.class, Some(3), "the rest is told by the names");
        let header = columns_of("picture,label,xmin,ymin,xmax,ymax");
        assert_eq!(Mapping::of(&header), None);
        let only_image = Mapping::given(&header, &columns(&[(Role::Image, "picture")])).unwrap();
        assert_eq!((only_image.image, only_image.class), (0, Some(1)), "also where none looks like an image's");
        assert_eq!(only_image.boxes, Some(BoxColumns::Corners([2, 3, 4, 5])));
    }

    #[test]
    fn corners_go_by_many_names() {
        for names in ["x0,y0,x1,y1", "x1,y1,x2,y2", "minx,miny,maxx,maxy", "col_min,row_min,col_max,row_max"] {
            let mapping = Mapping::suggested(&columns_of(&format!("image,{names},lesion_type,study_id")));
            assert_eq!(mapping.boxes, Some(BoxColumns::Corners([1, 2, 3, 4])), "{names}");
            assert_eq!((mapping.class, mapping.group), (Some(5), Some(6)));
        }
        assert_eq!(Mapping::suggested(&columns_of("image,study_id,patient_id")).group, Some(2));
        assert_eq!(Mapping::suggested(&columns_of("image,label,label_name")).class, Some(2));
    }

    #[test]
    fn that_no_column_holds_it_goes_before_the_names_too() {
        let header = columns_of("image,label,patient,xmin,ymin,xmax,ymax");
        assert!(Mapping::of(&header).unwrap().boxes.is_some());
        let none = columns(&[(Role::Class, ""), (Role::Group, ""), (Role::Box, "")]);
        let mapping = Mapping::given(&header, &none).unwrap();
        assert_eq!((mapping.image, mapping.class, mapping.group, mapping.boxes), (0, None, None, None));
        // As a table's choice in the window says it, and back.
        let head = crate::interchange::TableHead { columns: header.clone(), ..Default::default() };
        let chosen = Mapping { class: Some(2), group: None, boxes: None, ..Mapping::of(&header).unwrap() };
        assert_eq!(Mapping::given(&header, &head.told(&chosen)), Ok(chosen));
        let chosen = Mapping { class: None, findings: vec![1, 3], boxes: None, ..Mapping::of(&header).unwrap() };
        assert_eq!(Mapping::given(&header, &head.told(&chosen)), Ok(chosen));
        // What 0 and 1 mean stays known when something else is chosen.
        let header = columns_of("image_id,hand,fractured");
        let head = crate::interchange::TableHead { columns: header.clone(), ..Default::default() };
        let chosen = Mapping { group: Some(1), ..Mapping::of(&header).unwrap() };
        assert!(chosen.yes_or_no.is_some());
        assert_eq!(Mapping::given(&header, &head.told(&chosen)), Ok(chosen));
    }

    #[test]
    fn words_that_do_not_fit_the_header_get_a_sentence() {
        let header = columns_of("a,b");
        let why = |pairs: &[(Role, &str)]| Mapping::given(&header, &columns(pairs)).unwrap_err();
        assert!(why(&[(Role::Image, "c")]).contains("a, b"));
        assert!(why(&[(Role::Class, "a")]).contains("image=NAME"));
        assert!(why(&[(Role::Image, "a"), (Role::Xmin, "b")]).contains("four columns"));
        assert_eq!(Role::parse(" XMIN"), Some(Role::Xmin));
        assert_eq!(Role::parse("left"), None);
    }
}
