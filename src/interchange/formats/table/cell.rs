//! Boxes that one cell holds: whether its four numbers are left, top, width and height or the corners, and places that no
//! column is known to hold.
//!
//! `bbox` is the former in COCO and what follows it, the latter in tables such as DeepLesion's. Where the third number is
//! smaller than the first in any row, it is a width. Where it never is, that is no proof: of many boxes it is told, of few
//! none is taken.

use super::mapping::{BoxColumns, InCell, Mapping, normal};
use crate::domain::Rect;

/// So many boxes of which each third and fourth number is larger than the first and second are corners.
const ENOUGH: u64 = 8;
/// Of a side's length: what rounding adds.
const ROUNDED: f64 = 1.001;

/// What the four numbers in the cells of a table are, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Size,
    Corners,
    /// All boxes may be corners, and they are many.
    LikelyCorners,
    /// All boxes may be corners, but they are few: nothing is taken.
    Unknown,
}

impl Order {
    /// What is taken; `None` where that would be a guess.
    pub fn meant(self) -> Option<InCell> {
        match self {
            Self::Size => Some(InCell::Size),
            Self::Corners | Self::LikelyCorners => Some(InCell::Corners),
            Self::Unknown => None,
        }
    }

    /// What to say of a column of this name, where it is not sure.
    pub fn doubt(self, column: &str) -> Option<String> {
        match self {
            Self::Size | Self::Corners => None,
            Self::LikelyCorners => Some(format!(
                "the four numbers in {column} are taken for the corners left, top, right and bottom, which nothing shows \
                 for sure: look at some boxes, and say --column xywh={column} if they are left, top, width and height."
            )),
            Self::Unknown => Some(format!(
                "the four numbers in {column} may be left, top, width and height or the corners, and these few boxes do \
                 not show which: none of them is taken. Say --column xywh={column} for the former or --column \
                 xyxy={column} for the corners (in the window, the form of the box)."
            )),
        }
    }
}

/// What the rows of a table say of it.
#[derive(Default)]
pub struct Cells {
    /// The column's name or a person says it.
    named: Option<InCell>,
    one: bool,
    boxes: u64,
    /// The third number is smaller than the first, or the fourth than the second.
    widths: u64,
    /// With a width the box would leave the image.
    beyond: u64,
}

impl Cells {
    /// Of nothing yet.
    pub fn of(boxes: Option<&BoxColumns>) -> Self {
        match boxes {
            Some(BoxColumns::OneCell(_, named)) => Self { named: *named, one: true, ..Self::default() },
            Some(BoxColumns::Corners(_) | BoxColumns::Size(_) | BoxColumns::Middle(_)) | None => Self::default(),
        }
    }

    /// Takes a box in as if it were corners; with the image's width and height, where they are known.
    pub fn take(&mut self, rect: Rect, size: Option<[f64; 2]>) {
        let Rect { xmin, ymin, xmax, ymax } = rect;
        self.boxes += 1;
        self.widths += u64::from(xmax < xmin || ymax < ymin);
        let leaves = |[w, h]: [f64; 2]| {
            (xmin + xmax > w * ROUNDED || ymin + ymax > h * ROUNDED) && xmax <= w * ROUNDED && ymax <= h * ROUNDED
        };
        self.beyond += u64::from(size.is_some_and(leaves));
    }

    /// What the cells hold.
    pub fn order(&self) -> Order {
        match self.named {
            Some(InCell::Size) => Order::Size,
            Some(InCell::Corners) => Order::Corners,
            None if !self.one || self.boxes == 0 || self.widths > 0 => Order::Size,
            None if self.beyond > 0 => Order::Corners,
            None if self.boxes >= ENOUGH => Order::LikelyCorners,
            None => Order::Unknown,
        }
    }
}

/// The columns that may hold boxes or places, where none is known to hold a box.
pub fn unread<'a>(columns: &'a [String], mapping: &Mapping) -> Vec<&'a str> {
    if mapping.boxes.is_some() {
        return Vec::new();
    }
    let free = (0..).zip(columns).filter(|(at, _)| !mapping.uses(*at)).map(|(_, name)| name.as_str());
    let words = |name: &str| -> Vec<String> {
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
    };
    let is = |name: &str, of: &[&str]| words(name).iter().any(|word| of.contains(&word.as_str()));
    // Of the whole picture, as NIH's OriginalImagePixelSpacing[x,y].
    let of_image = |name: &str| ["original", "spacing", "resolution"].iter().any(|word| normal(name).contains(word));
    let x = ["x", "x0", "x1", "x2", "xmin", "xmax", "cx", "bx", "left", "col", "xc"];
    let y = ["y", "y0", "y1", "y2", "ymin", "ymax", "cy", "by", "top", "row", "yc"];
    let boxed = ["bbox", "bboxes", "box", "boxes", "coordinates", "polygon"];
    let free: Vec<&str> = free.filter(|name| !of_image(name)).collect();
    let places = free.iter().any(|name| is(name, &x)) && free.iter().any(|name| is(name, &y));
    let sizes = ["w", "h", "width", "height", "bw", "bh"];
    let of = |name: &&str| is(name, &boxed) || (places && (is(name, &x) || is(name, &y) || is(name, &sizes)));
    free.into_iter().filter(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interchange::model::columns::Role;

    fn order(column: &str, rows: &[[f64; 4]], size: Option<[f64; 2]>) -> Order {
        let columns = ["image".to_owned(), column.to_owned()];
        let said = (Role::Box, column.to_owned());
        let mut cells = Cells::of(Mapping::given(&columns, &vec![said]).unwrap().boxes.as_ref());
        rows.iter().for_each(|&[xmin, ymin, xmax, ymax]| cells.take(Rect { xmin, ymin, xmax, ymax }, size));
        cells.order()
    }

    #[test]
    fn corners_are_told_from_sizes_and_doubt_is_said() {
        let corners = [[10.0, 10.0, 30.0, 50.0]];
        assert_eq!(order("bbox", &corners, None), Order::Unknown);
        assert_eq!(order("bbox", &corners.repeat(8), None), Order::LikelyCorners);
        assert_eq!(order("bbox", &[corners[0], [50.0, 10.0, 20.0, 20.0]].repeat(8), None), Order::Size);
        assert_eq!(order("bbox", &[[60.0, 60.0, 90.0, 90.0]], Some([100.0, 100.0])), Order::Corners);
        assert_eq!(order("Bbox [x,y,w,h]", &corners.repeat(8), None), Order::Size);
        assert_eq!(order("bbox_xyxy", &corners, None), Order::Corners);
        for unsure in [Order::Unknown, Order::LikelyCorners] {
            assert!(unsure.doubt("bbox").is_some_and(|said| said.contains("--column xywh=bbox")));
        }
        assert_eq!((Order::Size.doubt("bbox"), Order::Unknown.meant()), (None, None));
        // Four columns say it themselves.
        assert_eq!(Cells::of(Some(&BoxColumns::Corners([0; 4]))).order(), Order::Size);
    }

    #[test]
    fn columns_of_places_that_nothing_reads_are_found() {
        let of = |header: &str| {
            let columns: Vec<String> = header.split(',').map(str::to_owned).collect();
            unread(&columns, &Mapping::suggested(&columns)).join(",")
        };
        assert_eq!(of("file,x_mm,y_mm,width_mm,height_mm,class"), "x_mm,y_mm,width_mm,height_mm");
        assert_eq!(of("file,bx,by,bw,bh,class,view"), "bx,by,bw,bh");
        assert_eq!(of("file,class,bbox-0,bbox-1,bbox-2,bbox-3"), "bbox-0,bbox-1,bbox-2,bbox-3");
        assert_eq!(of("file,xmin,ymin,xmax,ymax,class"), "");
        assert_eq!(of("Image Index,Finding Labels,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]"), "");
        assert_eq!(of("file,class,width,height,left_right"), "");
    }
}
