//! One list of boxes out of several passes over the same image, as test-time augmentation makes them.

use crate::domain::{PredictedBox, Rect};

/// Of boxes of a class that overlap by more than `iou` (intersection over union), keeps the one with the highest score
/// (non-maximum suppression, as torchvision's `batched_nms`). The highest score comes first.
pub fn suppressed(passes: &[Vec<PredictedBox>], iou: f64) -> Vec<PredictedBox> {
    let mut kept: Vec<PredictedBox> = Vec::new();
    for found in by_score(passes) {
        if !kept.iter().any(|k| k.class == found.class && k.rect.iou(&found.rect) > iou) {
            kept.push(found.clone());
        }
    }
    kept
}

/// Boxes of a class that overlap by more than `iou`, whatever pass they come from.
struct Cluster {
    class: usize,
    /// The mean of the corners, weighted by score.
    rect: Rect,
    scores: f64,
    corners: [f64; 4],
    boxes: usize,
}

impl Cluster {
    fn new(found: &PredictedBox) -> Self {
        let mut cluster = Self { class: found.class, rect: found.rect, scores: 0.0, corners: [0.0; 4], boxes: 0 };
        cluster.add(found);
        cluster
    }

    fn add(&mut self, found: &PredictedBox) {
        let (score, rect) = (f64::from(found.score), found.rect);
        self.scores += score;
        self.boxes += 1;
        for (sum, corner) in self.corners.iter_mut().zip([rect.xmin, rect.ymin, rect.xmax, rect.ymax]) {
            *sum += score * corner;
        }
        if self.scores > 0.0 {
            let [xmin, ymin, xmax, ymax] = self.corners.map(|sum| sum / self.scores);
            self.rect = Rect { xmin, ymin, xmax, ymax };
        }
    }

    /// Lowered where not every pass has the box.
    fn fused(&self, passes: usize) -> PredictedBox {
        let mean = self.scores / self.boxes.max(1) as f64;
        let score = mean * self.boxes.min(passes) as f64 / passes.max(1) as f64;
        PredictedBox { class: self.class, score: score as f32, rect: self.rect }
    }
}

/// Weighted boxes fusion (Solovyev, Wang and Gabruseva 2021, with equal weights of the passes): by falling score, each
/// box joins the cluster of its class whose fused box it overlaps most and by more than `iou`, or begins one. A
/// cluster's box is the mean of its boxes weighted by score; its score is their mean times min(boxes, passes) / passes.
/// The highest score comes first.
pub fn weighted(passes: &[Vec<PredictedBox>], iou: f64) -> Vec<PredictedBox> {
    let mut clusters: Vec<Cluster> = Vec::new();
    for found in by_score(passes) {
        let mut best: Option<(f64, &mut Cluster)> = None;
        for cluster in clusters.iter_mut().filter(|c| c.class == found.class) {
            let overlap = cluster.rect.iou(&found.rect);
            if overlap > best.as_ref().map_or(iou, |(most, _)| *most) {
                best = Some((overlap, cluster));
            }
        }
        match best {
            Some((_, cluster)) => cluster.add(found),
            None => clusters.push(Cluster::new(found)),
        }
    }
    let mut fused: Vec<PredictedBox> = clusters.iter().map(|c| c.fused(passes.len())).collect();
    fused.sort_by(|a, b| b.score.total_cmp(&a.score));
    fused
}

/// Boxes with an area and a score that is a number, the highest score first.
fn by_score(passes: &[Vec<PredictedBox>]) -> Vec<&PredictedBox> {
    let usable = |b: &&PredictedBox| b.score.is_finite() && b.rect.area() > 0.0;
    let mut boxes: Vec<&PredictedBox> = passes.iter().flatten().filter(usable).collect();
    boxes.sort_by(|a, b| b.score.total_cmp(&a.score));
    boxes
}
