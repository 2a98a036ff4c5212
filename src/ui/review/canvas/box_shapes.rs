//! Boxes as shapes: however many there are, the lines are one mesh, so that a picture with a thousand of them is painted
//! as fast as one with two.

use super::paint::{self, pos, screen_rect};
use super::{Scene, Side};
use crate::domain::{BoxId, ClassList, PredictedBox, Rect};
use crate::ui::fonts;
use crate::ui::review::model::boxes::{Mark, Under};
use crate::ui::review::model::geometry::Handle;
use crate::ui::theme::{Theme, radius};
use crate::ui::widgets::{SPOKEN_BOXES, box_color, class_color, over_picture};
use egui::emath::GuiRounding as _;
use egui::{Align2, Color32, Painter, Pos2, Shape, Stroke, StrokeKind, pos2, vec2};

/// Dashes of the model's boxes and the gaps between them, in points.
const DASH: (f32, f32) = (7.0, 4.0);
/// Classes that the legend names.
const LEGEND: usize = 9;

/// The boxes on a picture and what a person has to do with them.
pub(super) struct Boxes<'a> {
    pub marks: &'a [Mark],
    /// The model's, each with its place in the prediction.
    pub found: &'a [(usize, &'a PredictedBox)],
    pub chosen: Option<BoxId>,
    pub chosen_found: Option<usize>,
    pub hovered: Option<Under>,
    /// Whose are painted.
    pub side: Side,
    pub classes: &'a ClassList,
}

impl<'a> Boxes<'a> {
    /// The drawn ones to be painted.
    fn marks(&self) -> &'a [Mark] {
        if self.side == Side::Found { &[] } else { self.marks }
    }

    /// The model's to be painted.
    fn found(&self) -> &'a [(usize, &'a PredictedBox)] {
        if self.side == Side::Drawn { &[] } else { self.found }
    }

    /// In what colour a box's line is: its class's where there are several and the dashes tell the model's, else by whose it is.
    fn ink(&self, theme: &Theme, class: usize, whose: Color32) -> Color32 {
        box_color(theme, self.classes, self.marks().len() + self.found().len(), class).unwrap_or(whose)
    }

    /// Whether there are few enough to say what each is.
    fn few(&self) -> bool {
        self.marks().len() + self.found().len() <= SPOKEN_BOXES
    }

    /// Paints boxes of readers (solid) and of the model (dashed), each in the colour of its class.
    pub fn paint(&self, painter: &Painter, theme: &Theme, scene: &Scene) {
        let room = painter.clip_rect();
        let pixels = painter.pixels_per_point();
        painter.add(Shape::mesh(self.lines(theme, scene, room, pixels)));
        let few = self.few();
        let mut taken: Vec<egui::Rect> = Vec::new();
        for (index, one) in self.found() {
            let is_chosen = self.chosen_found == Some(*index);
            let hovered = self.hovered == Some(Under::Found(*index));
            let rect = screen_rect(scene, &one.rect);
            if (few || is_chosen || hovered) && rect.intersects(room) {
                let at = (rect.left_bottom() + vec2(-0.75, 2.0), Align2::LEFT_TOP);
                let fill = (one.class, theme.prediction);
                self.tag(painter, theme, at, &self.caption_of(one, hovered), fill, &mut taken);
            }
            if is_chosen {
                painter.rect_stroke(rect.expand(3.0), 2, Stroke::new(1.5, theme.accent), StrokeKind::Outside);
            }
        }
        for mark in self.marks() {
            let is_chosen = mark.id.is_some() && mark.id == self.chosen;
            let hovered = mark.id.is_some_and(|id| self.hovered == Some(Under::Drawn(id)));
            let rect = screen_rect(scene, &mark.rect);
            if (few || is_chosen || hovered) && rect.intersects(room) {
                let at = (rect.left_top() + vec2(-1.0, -3.0), Align2::LEFT_BOTTOM);
                let fill = (mark.class, theme.truth);
                self.tag(painter, theme, at, &self.caption(mark, hovered), fill, &mut taken);
            }
            if is_chosen {
                for handle in Handle::ALL {
                    let at = pos(scene.placement.to_screen(handle.position(&mark.rect)));
                    let square = egui::Rect::from_center_size(at, vec2(7.0, 7.0));
                    painter.rect(square, 1, theme.truth, Stroke::new(1.0, theme.on_mark), StrokeKind::Outside);
                }
            }
        }
    }

    /// All lines, with a dark one under each.
    fn lines(&self, theme: &Theme, scene: &Scene, room: egui::Rect, pixels: f32) -> egui::Mesh {
        let mut mesh = egui::Mesh::default();
        let dash = self.few().then_some(DASH);
        let shade = theme.wash(theme.picture, 0.45);
        let place = |rect: &Rect| screen_rect(scene, rect).round_to_pixels(pixels);
        let found = |one: &PredictedBox| (place(&one.rect), self.ink(theme, one.class, theme.prediction), dash);
        let sides = self.found().iter().map(|(_, one)| found(one));
        let mark = |mark: &Mark| (place(&mark.rect), self.ink(theme, mark.class, theme.truth), None);
        let sides = sides.chain(self.marks().iter().map(mark));
        // A line at the edge of the room lies half outside it.
        for (rect, color, dash) in sides.filter(|(rect, ..)| rect.expand(2.0).intersects(room)) {
            outline(&mut mesh, rect, room, 4.0, shade, dash);
            outline(&mut mesh, rect, room, 2.0, color, dash);
        }
        mesh
    }

    /// "Left lung", and under the pointer how well the model's best box of the class lies on it.
    fn caption(&self, mark: &Mark, hovered: bool) -> String {
        let name = self.classes.name(mark.class);
        let others = self.found.iter().filter(|(_, one)| one.class == mark.class).map(|(_, one)| &one.rect);
        with_overlap(name, &mark.rect, others, hovered)
    }

    /// "0.93", with the class where there are several, and under the pointer how well it lies on a drawn box of the class.
    fn caption_of(&self, one: &PredictedBox, hovered: bool) -> String {
        let score = format!("{:.2}", one.score);
        let text = if self.classes.len() > 1 { format!("{} {score}", self.classes.name(one.class)) } else { score };
        let others = self.marks.iter().filter(|mark| mark.class == one.class).map(|mark| &mark.rect);
        with_overlap(text, &one.rect, others, hovered)
    }

    /// A text in the colour of its box's line, beside those that are there already; where that is the class's, whose box it is
    /// stands at the edge.
    fn tag(
        &self,
        painter: &Painter,
        theme: &Theme,
        (at, anchor): (Pos2, Align2),
        text: &str,
        (class, whose): (usize, Color32),
        taken: &mut Vec<egui::Rect>,
    ) {
        let fill = self.ink(theme, class, whose);
        let size = painter.layout_no_wrap(text.to_owned(), fonts::semibold(11.0), fill).size() + vec2(10.0, 4.0);
        let step = if anchor == Align2::LEFT_BOTTOM { -size.y - 1.0 } else { size.y + 1.0 };
        let at = clear_of(taken, anchor, at, size, step);
        let rect = paint::tag(painter, theme, at, anchor, text, fill);
        taken.push(rect);
        if self.classes.len() > 1 {
            let other = if fill == whose { class_color(theme, self.classes, class) } else { whose };
            painter.rect_filled(egui::Rect::from_min_size(rect.min, vec2(4.0, rect.height())), 1, other);
        }
    }

    /// Which line is whose, and which colour which class, at the left above what stands in the lower corner: the upper
    /// corners are where markers are. `model` is what the model is called, with the score from which its boxes are shown.
    pub fn legend(&self, painter: &Painter, theme: &Theme, above: f32, model: Option<String>) {
        if self.side == Side::Both && self.marks.is_empty() && self.found.is_empty() {
            return;
        }
        let room = painter.clip_rect();
        let mut lines = Vec::new();
        if self.side != Side::Found {
            lines.push(("drawn".to_owned(), theme.truth));
        }
        lines.extend(model.filter(|_| self.side != Side::Drawn).map(|model| (model, theme.prediction)));
        let whose = lines.len();
        if self.classes.len() > 1 {
            let colours = self.classes.classes.iter().enumerate().take(LEGEND);
            lines.extend(colours.map(|(index, class)| (class.name.clone(), class_color(theme, self.classes, index))));
        }
        // Boxes and their tags may lie under it.
        let ground = painter.add(Shape::Noop);
        let mut covered = egui::Rect::NOTHING;
        for (row, (text, color)) in lines.iter().enumerate() {
            let y = room.bottom() - above - 16.0 - 18.0 * (lines.len() - 1 - row) as f32;
            let swatch = egui::Rect::from_center_size(pos2(room.left() + 19.0, y), vec2(10.0, 10.0));
            if row < whose && self.classes.len() > 1 && self.few() {
                // The colour is the class's: the line tells whose.
                let ends = [swatch.left_center(), swatch.right_center()];
                if *color == theme.prediction {
                    painter.extend(Shape::dashed_line(&ends, Stroke::new(2.0, theme.on_picture), 3.0, 2.0));
                } else {
                    painter.line_segment(ends, Stroke::new(2.0, theme.on_picture));
                }
            } else if row < whose {
                painter.rect_stroke(swatch, 1, Stroke::new(2.0, *color), StrokeKind::Inside);
            } else {
                painter.rect_filled(swatch, 2, *color);
            }
            let at = pos2(room.left() + 30.0, y);
            covered |= swatch | over_picture(painter, theme, at, Align2::LEFT_CENTER, text);
        }
        let shade = theme.wash(theme.picture, 0.7);
        painter.set(ground, Shape::rect_filled(covered.expand2(vec2(6.0, 4.0)), radius::S, shade));
    }
}

/// The place nearest to `at`, in steps up or down, where a tag of this size covers none of these; `at` where none is near.
fn clear_of(taken: &[egui::Rect], anchor: Align2, at: Pos2, size: egui::Vec2, step: f32) -> Pos2 {
    const TRIES: usize = 6;
    let places = (0..TRIES).map(|tries| at + vec2(0.0, step * tries as f32));
    let free = |place: &Pos2| !taken.iter().any(|other| other.intersects(anchor.anchor_size(*place, size).shrink(0.5)));
    places.into_iter().find(free).unwrap_or(at)
}

/// The largest overlap with other boxes added to a text.
fn with_overlap<'a>(text: String, rect: &Rect, others: impl Iterator<Item = &'a Rect>, wanted: bool) -> String {
    if !wanted {
        return text;
    }
    let iou = others.map(|other| rect.iou(other)).fold(0.0, f64::max);
    if iou > 0.0 { format!("{text} · IoU {iou:.2}") } else { text }
}

/// The four sides of a rectangle as flat quads, dashed or not, cut to the room there is.
fn outline(
    mesh: &mut egui::Mesh,
    rect: egui::Rect,
    room: egui::Rect,
    width: f32,
    color: Color32,
    dash: Option<(f32, f32)>,
) {
    let half = width / 2.0;
    let room = room.expand(width);
    for y in [rect.top(), rect.bottom()] {
        let (from, to) = ((rect.left() - half).max(room.left()), (rect.right() + half).min(room.right()));
        pieces(from, to, dash, |a, b| {
            mesh.add_colored_rect(egui::Rect::from_min_max(pos2(a, y - half), pos2(b, y + half)), color);
        });
    }
    for x in [rect.left(), rect.right()] {
        let (from, to) = ((rect.top() + half).max(room.top()), (rect.bottom() - half).min(room.bottom()));
        pieces(from, to, dash, |a, b| {
            mesh.add_colored_rect(egui::Rect::from_min_max(pos2(x - half, a), pos2(x + half, b)), color);
        });
    }
}

fn pieces(from: f32, to: f32, dash: Option<(f32, f32)>, mut add: impl FnMut(f32, f32)) {
    let Some((line, gap)) = dash else {
        if to > from {
            add(from, to);
        }
        return;
    };
    let mut at = from;
    while at < to {
        add(at, (at + line).min(to));
        at += line + gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::review::model::geometry::{Placement, Point};
    use crate::ui::review::model::turn::Turn;

    const ROOM: egui::Rect = egui::Rect { min: pos2(0.0, 0.0), max: pos2(1000.0, 800.0) };

    fn scene() -> Scene {
        let size: Point = [1000.0, 800.0];
        let placement = Placement::fit(size, ([0.0, 0.0], [1000.0, 800.0]), Turn::default(), 1.0);
        Scene { size, placement, pixels_per_point: 1.0 }
    }

    fn rect(index: usize) -> Rect {
        let (x, y) = ((index % 40) as f64 * 24.0, (index / 40) as f64 * 15.0);
        Rect { xmin: x, ymin: y, xmax: x + 20.0, ymax: y + 12.0 }
    }

    fn found(count: usize) -> Vec<PredictedBox> {
        (0..count).map(|index| PredictedBox { class: 0, score: 0.5, rect: rect(index) }).collect()
    }

    /// What the painter was handed for so many boxes of each side.
    fn shapes(count: usize) -> (usize, usize) {
        let predicted = found(count);
        let found: Vec<(usize, &PredictedBox)> = predicted.iter().enumerate().collect();
        let marks: Vec<Mark> =
            (0..count).map(|index| Mark { id: Some(BoxId(index as i64)), class: 0, rect: rect(index) }).collect();
        let classes = ClassList::from_names(&["a", "b"], false).unwrap();
        let boxes = Boxes {
            marks: &marks,
            found: &found,
            chosen: Some(BoxId(0)),
            chosen_found: None,
            hovered: Some(Under::Found(1)),
            side: Side::Both,
            classes: &classes,
        };
        let ctx = egui::Context::default();
        crate::ui::theme::apply(&ctx, &Theme::dark());
        let output = ctx.run_ui(egui::RawInput { screen_rect: Some(ROOM), ..Default::default() }, |ui| {
            boxes.paint(&ui.painter().with_clip_rect(ROOM), &Theme::dark(), &scene());
        });
        let vertices = output.shapes.iter().map(|clipped| match &clipped.shape {
            Shape::Mesh(mesh) => mesh.vertices.len(),
            _ => 0,
        });
        (output.shapes.len(), vertices.sum())
    }

    #[test]
    fn a_thousand_boxes_are_few_shapes() {
        let (few, _) = shapes(2);
        let (many, vertices) = shapes(1000);
        // One mesh, two tags of three shapes and eight handles, whatever the number.
        assert!(many <= 20, "{many} shapes, {few} for two boxes");
        assert_eq!(vertices, 2000 * 2 * 16, "two rings of four sides a box");
    }

    #[test]
    fn tags_stand_beside_each_other() {
        let (at, size) = (pos2(100.0, 100.0), vec2(60.0, 18.0));
        let mut taken = Vec::new();
        for _ in 0..4 {
            let place = clear_of(&taken, Align2::LEFT_BOTTOM, at, size, -19.0);
            taken.push(Align2::LEFT_BOTTOM.anchor_size(place, size));
        }
        for (index, one) in taken.iter().enumerate() {
            assert!(taken.iter().skip(index + 1).all(|other| !one.shrink(0.5).intersects(*other)), "{taken:?}");
        }
        assert_eq!(taken.last().map(|last| last.bottom()), Some(100.0 - 3.0 * 19.0));
    }

    #[test]
    fn lines_are_of_the_class_and_the_model_s_are_dashed() {
        let predicted = PredictedBox { class: 1, score: 0.5, rect: rect(1) };
        let (found, marks) = ([(0, &predicted)], [Mark { id: None, class: 0, rect: rect(0) }]);
        let colours = |names: &[&str]| -> Vec<Color32> {
            let classes = ClassList::from_names(names, false).unwrap();
            let theme = Theme::dark();
            let boxes = Boxes {
                marks: &marks,
                found: &found,
                chosen: None,
                chosen_found: None,
                hovered: None,
                side: Side::Both,
                classes: &classes,
            };
            let mesh = boxes.lines(&theme, &scene(), ROOM, 1.0);
            let shade = theme.wash(theme.picture, 0.45);
            let mut all: Vec<Color32> = mesh.vertices.iter().map(|v| v.color).filter(|c| *c != shade).collect();
            all.dedup();
            all
        };
        let (theme, classes) = (Theme::dark(), ClassList::from_names(&["a", "b"], false).unwrap());
        assert_eq!(colours(&["a"]), [theme.prediction, theme.truth], "one class: by whose they are");
        assert_eq!(colours(&["a", "b"]), [class_color(&theme, &classes, 1), class_color(&theme, &classes, 0)]);
    }

    #[test]
    fn tags_are_of_the_class_s_colour_and_read_on_it() {
        let marks = [0, 1].map(|class| Mark { id: None, class, rect: rect(class * 200) });
        let classes = ClassList::from_names(&["a", "b", "c"], false).unwrap();
        let (chosen, side) = (None, Side::Both);
        let boxes =
            Boxes { marks: &marks, found: &[], chosen, chosen_found: None, hovered: None, side, classes: &classes };
        let theme = Theme::dark();
        let ctx = egui::Context::default();
        crate::ui::theme::apply(&ctx, &theme);
        let output = ctx.run_ui(egui::RawInput { screen_rect: Some(ROOM), ..Default::default() }, |ui| {
            boxes.paint(&ui.painter().with_clip_rect(ROOM), &theme, &scene());
        });
        let fills = output.shapes.iter().filter_map(|clipped| match &clipped.shape {
            Shape::Rect(rect) => Some(rect.fill),
            _ => None,
        });
        let wanted = |class| class_color(&theme, &classes, class);
        let fills: Vec<Color32> = fills.collect();
        assert_eq!(fills, [wanted(0), theme.truth, wanted(1), theme.truth], "each tag with whose it is at its edge");
    }

    #[test]
    fn dashes_are_cut_to_the_room_there_is() {
        let mut mesh = egui::Mesh::default();
        let huge = egui::Rect::from_min_max(pos2(-1e6, 10.0), pos2(1e6, 20.0));
        outline(&mut mesh, huge, ROOM, 2.0, Theme::dark().prediction, Some(DASH));
        assert!(mesh.vertices.len() < 4 * 2 * 100, "{} vertices", mesh.vertices.len());
        assert!(mesh.vertices.iter().all(|v| v.pos.x.abs() < 1e5 || v.pos.x.abs() > 9e5));
    }

    #[test]
    fn captions_say_the_score_the_class_where_there_are_several_and_the_overlap_under_the_pointer() {
        let mark = |class, rect| Mark { id: None, class, rect };
        let half = Rect { xmin: 0.0, ymin: 0.0, xmax: 10.0, ymax: 10.0 };
        let marks = [mark(0, half), mark(1, Rect { xmax: 20.0, ..half })];
        let predicted = PredictedBox { class: 0, score: 0.934, rect: Rect { ymax: 20.0, ..half } };
        let found = [(0, &predicted)];
        let caption = |names: &[&str], hovered| {
            let classes = ClassList::from_names(names, false).unwrap();
            let boxes = Boxes {
                marks: &marks,
                found: &found,
                chosen: None,
                chosen_found: None,
                hovered: None,
                side: Side::Both,
                classes: &classes,
            };
            (boxes.caption_of(&predicted, hovered), boxes.caption(&marks[1], hovered))
        };
        assert_eq!(caption(&["lung"], false).0, "0.93");
        assert_eq!(caption(&["lung", "heart"], true), ("lung 0.93 · IoU 0.50".to_owned(), "heart".to_owned()));
    }
}
