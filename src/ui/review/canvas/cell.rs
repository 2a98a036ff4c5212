//! One picture of a grid: what it shows, what lies on it, and what is to be known of it under it.

use super::{Scene, Side, box_shapes, edges, measure, near, paint};
use crate::domain::{ImageId, Orientation, PredictedBox, Split};
use crate::session::{Fetched, ImageRow, PageImage, Picture, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::review::menu;
use crate::ui::review::model::boxes::marks;
use crate::ui::review::model::geometry::{Placement, Point};
use crate::ui::review::model::threshold::counting;
use crate::ui::review::model::words::{FindingsLine, findings_and_boxes, spoken};
use crate::ui::review::state::ReviewState;
use crate::ui::theme::{Theme, radius};
use crate::ui::widgets::{self, Glyph};
use egui::{Align2, Painter, Rect, Role, Sense, Stroke, StrokeKind, WidgetInfo, pos2, vec2};
use std::sync::Arc;

/// Height of what is said under a picture, in points.
const FOOT: f32 = 40.0;

/// Where the picture lies in its place.
pub(super) fn room(place: Rect) -> Rect {
    place.with_max_y(place.bottom() - FOOT)
}

/// Which way a picture lies in the patient, where its header says it.
fn orientation(picture: &Picture) -> Option<&Orientation> {
    picture.taken.as_ref()?.orientation.as_ref()
}

/// What a person did to a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pressed {
    /// With these keys held.
    Choose(egui::Modifiers),
    /// Shows it alone.
    Open,
}

/// One picture of a grid.
pub(super) struct Cell<'a> {
    pub project: &'a ProjectView,
    pub image: &'a ImageRow,
    /// Its place in the grid, from 0, and where that lies.
    pub at: usize,
    pub place: Rect,
    pub fetched: Fetched<Picture>,
    /// Boxes are out of the way.
    pub hidden: bool,
    /// What is being made takes so long that it is said.
    pub long: bool,
    /// The images beside each other.
    pub page: &'a [ImageId],
}

impl Cell<'_> {
    /// Shows it.
    pub fn show(self, ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState) -> Option<Pressed> {
        // On the picture's black in both themes.
        let theme = &Theme::dark();
        let (image, place) = (self.image, self.place);
        let (chosen, marked) =
            (review.selected() == Some(image.id), review.marked.are_several() && review.marked.has(image.id));
        let response = ui.interact(place, ui.scope_id().with(("picture", self.at)), Sense::click_and_drag());
        let state = match &self.fetched {
            Fetched::Ready(_) | Fetched::Loading(Some(_)) => "",
            Fetched::Loading(None) => ", loading",
            Fetched::Failed(_) => ", cannot be shown",
        };
        let letters = cx.view.preferences.reading.corners.letters;
        let lies = self.lies(review, letters);
        response.widget_info(|| {
            let name = format!("{}{state}{lies}", spoken(image, &self.project.classes));
            WidgetInfo::selected(Role::GridCell, true, chosen || marked, name)
        });
        let room = room(place);
        ui.painter().rect_filled(place, radius::M, theme.panel);
        ui.painter().rect_filled(room, radius::M, theme.picture);
        let ground = ui.painter().with_clip_rect(room.intersect(ui.clip_rect()));
        let hover = match &self.fetched {
            Fetched::Ready(picture) | Fetched::Loading(Some(picture)) => {
                let size = [f64::from(picture.image_width), f64::from(picture.image_height)];
                let fitted = self.fitted(review, (size, picture.shape), room);
                let mouse = cx.view.preferences.reading.mouse;
                near::handle(ui, review, &response, picture, (fitted, size), (self.page, mouse));
                let scene = self.picture(&ground, cx, review, picture, room);
                if let Some(orientation) = orientation(picture).filter(|_| letters) {
                    edges::small(&ground, theme, room, orientation, &scene);
                }
                edges::turned(&ground, theme, room, scene.placement.turn);
                image.name.to_string()
            }
            Fetched::Loading(None) => {
                self.thumbnail(&ground, cx, review, room);
                image.name.to_string()
            }
            Fetched::Failed(why) => {
                self.failure(&ground, theme, room);
                let own = cx.view.project.as_ref().is_some_and(|project| project.reading.is_own());
                let why = if own { "The picture cannot be read.".to_owned() } else { why.to_string() };
                format!("{}\n{why}", image.name)
            }
        };
        self.foot(ui.painter(), theme, Rect::from_min_max(room.left_bottom(), place.max));
        if marked {
            ui.painter().rect_filled(place, radius::M, theme.wash(theme.accent, 0.12));
            widgets::chosen_mark(ui.painter(), theme, place.left_top() + vec2(12.0, 12.0));
        }
        let edge = match (chosen, response.hovered()) {
            (true, _) => Stroke::new(2.0, theme.accent),
            (false, true) => Stroke::new(1.0, theme.muted),
            (false, false) => Stroke::new(1.0, theme.line),
        };
        ui.painter().rect_stroke(place, radius::M, edge, StrokeKind::Inside);
        if response.has_focus() {
            widgets::focus_ring(ui, theme, place, radius::M);
        }
        let held = menu::held(ui);
        let pressed = match () {
            () if response.double_clicked() && held.is_none() => Some(Pressed::Open),
            () if response.clicked() => Some(Pressed::Choose(held)),
            () => None,
        };
        if response.secondary_clicked() {
            review.press_for_menu(cx.commands, cx.view, image.id);
        }
        response.context_menu(|ui| menu::show(ui, cx, review, self.project));
        response.on_hover_text(hover);
        pressed
    }

    /// Where all of it is seen.
    fn fitted(&self, review: &ReviewState, (size, shape): (Point, f64), room: Rect) -> Placement {
        let corner = |at: egui::Pos2| [f64::from(at.x), f64::from(at.y)];
        let room = room.shrink(3.0);
        let turn = review.display(self.image.id).turn;
        Placement::fit(size, (corner(room.min), corner(room.max)), turn, shape)
    }

    fn scene(&self, ground: &Painter, review: &ReviewState, (size, shape): (Point, f64), room: Rect) -> Scene {
        let fitted = self.fitted(review, (size, shape), room);
        let placement = review.canvas.near.placed(self.image.id, fitted, size);
        Scene { size, placement, pixels_per_point: f64::from(ground.pixels_per_point()) }
    }

    fn picture(
        &self,
        ground: &Painter,
        cx: &PanelContext<'_>,
        review: &mut ReviewState,
        picture: &Arc<Picture>,
        room: Rect,
    ) -> Scene {
        let size = [f64::from(picture.image_width), f64::from(picture.image_height)];
        let scene = self.scene(ground, review, (size, picture.shape), room);
        let scale = scene.placement.zoom * scene.pixels_per_point * size[0] / picture.width.max(1) as f64;
        match review.canvas.page.get(ground.ctx(), picture, scale) {
            Some(texture) => paint::picture(ground, texture.id(), &scene, 1.0),
            // Its turn is in the next frame.
            None => self.thumbnail(ground, cx, review, room),
        }
        let on_it = self.project.page.iter().find(|one| one.image == self.image.id).filter(|_| !self.hidden);
        if let Some(on_it) = on_it {
            self.boxes(ground, &Theme::dark(), review, on_it, &scene);
            measure::paint_small(ground, on_it, &scene);
        }
        scene
    }

    /// How the picture lies, for who does not see it: ", mirrored, In the patient: left L, right R, above H, below F".
    fn lies(&self, review: &ReviewState, letters: bool) -> String {
        let (Fetched::Ready(picture) | Fetched::Loading(Some(picture))) = &self.fetched else { return String::new() };
        let turn = review.display(self.image.id).turn;
        let letters = orientation(picture).filter(|_| letters).map(|orientation| edges::said(orientation, turn));
        let parts = [Some(turn.in_words()).filter(|words| !words.is_empty()), letters];
        parts.into_iter().flatten().map(|part| format!(", {part}")).collect()
    }

    fn boxes(&self, ground: &Painter, theme: &Theme, review: &ReviewState, on_it: &PageImage, scene: &Scene) {
        let marks = marks(&on_it.boxes);
        let found: Vec<(usize, &PredictedBox)> =
            counting(&on_it.found, review.threshold.of(self.project).unwrap_or_default()).collect();
        // What is chosen, in the list beside the pictures, is the looked-at image's.
        let looked_at = review.selected() == Some(on_it.image);
        let boxes = box_shapes::Boxes {
            marks: &marks,
            found: &found,
            chosen: review.canvas.chosen.filter(|_| looked_at),
            chosen_found: review.canvas.chosen_found.filter(|_| looked_at),
            hovered: None,
            side: Side::Both,
            classes: &self.project.classes,
        };
        boxes.paint(ground, theme, scene);
    }

    /// What stands for the picture until it is there.
    fn thumbnail(&self, ground: &Painter, cx: &PanelContext<'_>, review: &mut ReviewState, room: Rect) {
        let size = [f64::from(self.image.width.max(1)), f64::from(self.image.height.max(1))];
        let scene = self.scene(ground, review, (size, 1.0), room);
        let texture = widgets::thumbnail_texture(ground.ctx(), cx, &mut review.thumbnails, self.image.id);
        if let Ok(Some(texture)) = texture {
            paint::picture(ground, texture.id(), &scene, if self.long { 0.4 } else { 1.0 });
        }
        if self.long {
            paint::hint(ground, &Theme::dark(), "Loading…");
        }
    }

    fn failure(&self, ground: &Painter, theme: &Theme, room: Rect) {
        Glyph::Missing.paint(ground, room.center() - vec2(0.0, 12.0), 24.0, theme.warning);
        let text = if self.image.missing { "File is missing" } else { "Cannot be shown" };
        let at = room.center() + vec2(0.0, 10.0);
        ground.text(at, Align2::CENTER_CENTER, text, fonts::regular(fonts::SMALL), theme.muted);
    }

    /// The name with what the queue marks, and under it who says what.
    fn foot(&self, painter: &Painter, theme: &Theme, rect: Rect) {
        let (left, mut edge) = (rect.left() + 9.0, rect.right() - 9.0);
        let (upper, lower) = (rect.top() + 12.0, rect.top() + 28.0);
        for (glyph, color) in widgets::image_marks(theme, self.image) {
            glyph.paint(painter, pos2(edge - 5.0, upper), 11.0, color);
            edge -= 16.0;
        }
        if self.image.split == Split::Test {
            edge -= widgets::test_mark(painter, theme, edge, upper);
        }
        let name = self.image.short_name();
        let name = widgets::shortened_path(painter, name, &fonts::regular(12.0), theme.text, edge - left - 4.0);
        widgets::line(painter, left, upper, name);
        let font = fonts::regular(fonts::SMALL);
        let differs = self.image.disagrees();
        let said = if differs { theme.prediction } else { theme.muted };
        let findings = self.image.findings.as_ref().filter(|_| !self.image.boxes.seen);
        let (first, first_ink, second, second_ink) = if let Some(findings) = findings {
            let FindingsLine { known, answered } = FindingsLine::of(findings, &self.project.classes);
            let ink = if known.is_some() { theme.truth } else { theme.faint };
            (known.unwrap_or_else(|| "Nothing said yet".to_owned()), ink, answered.unwrap_or_default(), said)
        } else if self.project.is_about_boxes() {
            let (text, best) = findings_and_boxes(self.image, &self.project.classes);
            (text, said, best, theme.muted)
        } else {
            let name = |class: u16| self.project.classes.name(usize::from(class));
            let label = self.image.label.map(name);
            let ink = if label.is_some() { theme.truth } else { theme.faint };
            let predicted = self.image.predicted.map(|(class, p)| format!("{} {p:.2}", name(class)));
            (label.unwrap_or_else(|| "No label".to_owned()), ink, predicted.unwrap_or_default(), said)
        };
        let right = rect.right() - 9.0;
        // Neither may push the other out.
        let half = (right - left - 8.0) / 2.0;
        let second = widgets::elided(painter, &second, font.clone(), second_ink, half.max(0.0));
        let width = second.size().x;
        widgets::line(painter, right - width, lower, second);
        widgets::line(
            painter,
            left,
            lower,
            widgets::elided(painter, &first, font, first_ink, right - width - left - 8.0),
        );
    }
}
