//! Faster R-CNN as an ONNX graph, for one picture at a time: from the network's input to the boxes that `predict` lists, in
//! pixels of that input. The arithmetic is that of [`crate::models::faster_rcnn`].
//!
//! What depends on the picture's size alone, such as the anchors, is computed here and written down. RoiAlign reads between cells
//! as `output_half_pixel` says, which is what torchvision calls `aligned=False`.

use super::graph::{Attribute, Graph, Value};
use super::networks::{conv_norm, resnet_stages};
use crate::domain::Preprocessing;
use crate::domain::recipe::DetectorSettings;
use crate::models::faster_rcnn::coding::{BOXES, Coding, MOST_GROWTH, PROPOSALS, centre_and_size};
use crate::models::faster_rcnn::regions::{self, CELLS, CONVOLUTIONS, SAMPLES};
use crate::models::faster_rcnn::{STRIDE, anchors_of, proposals, stride_of};
use candle_core::Result;

/// Levels that regions are read off.
const READ_LEVELS: usize = 4;

/// From "input" to the boxes of the picture, the best score first: "boxes", n x 4 `xmin ymin xmax ymax`, "scores", and "labels",
/// the numbers of their classes from 0.
pub(super) fn boxes(
    graph: &mut Graph<'_>,
    settings: &DetectorSettings,
    preprocessing: &Preprocessing,
    classes: usize,
) -> Result<()> {
    let (height, width) = (preprocessing.height, preprocessing.width);
    let (whole_height, whole_width) = (height.next_multiple_of(STRIDE), width.next_multiple_of(STRIDE));
    let mut x = "input".to_owned();
    if (whole_height, whole_width) != (height, width) {
        let beyond = [0, 0, 0, 0, 0, 0, (whole_height - height) as i64, (whole_width - width) as i64];
        let beyond = graph.whole_numbers(&beyond);
        x = graph.node("Pad", &[&x, &beyond], &[Attribute::Text("mode", "constant")]);
    }
    let stages = resnet_stages(graph, &x, "backbone.body.")?;
    let pyramid = pyramid(graph, &stages, settings)?;
    let frame = Frame {
        nothing: graph.number(0.0),
        far: graph.numbers(&[4], &[width as f32, height as f32, width as f32, height as f32]),
    };
    let anchors = anchors_of(settings, (whole_height, whole_width))?;
    let regions = propose(graph, &pyramid, &anchors, settings, &frame)?;
    let (logits, shifts) = judge(graph, &pyramid, &regions, settings)?;
    list(graph, &regions, (&logits, &shifts), settings, classes, &frame);
    Ok(())
}

/// Where pictures end.
struct Frame {
    nothing: Value,
    /// Width, height, width, height.
    far: Value,
}

fn pyramid(graph: &mut Graph<'_>, stages: &[Value], settings: &DetectorSettings) -> Result<Vec<Value>> {
    let layer = |graph: &mut Graph<'_>, x: &str, kind: &str, level: usize| {
        let place = format!("backbone.fpn.{kind}_blocks.{level}");
        if settings.normalised_pyramid {
            conv_norm(graph, x, &format!("{place}.0"), &format!("{place}.1"), 1)
        } else {
            graph.conv(x, &format!("{place}.0"), 1, false)
        }
    };
    let twice = graph.numbers(&[4], &[1.0, 1.0, 2.0, 2.0]);
    let mut from_above: Option<Value> = None;
    let mut levels = Vec::new();
    for (level, stage) in stages.iter().enumerate().rev() {
        let lateral = layer(graph, stage, "inner", level)?;
        let mixed = match &from_above {
            Some(above) => {
                let nearest = [
                    Attribute::Text("coordinate_transformation_mode", "asymmetric"),
                    Attribute::Text("mode", "nearest"),
                    Attribute::Text("nearest_mode", "floor"),
                ];
                let larger = graph.node("Resize", &[above, "", &twice], &nearest);
                graph.add(&lateral, &larger)
            }
            None => lateral,
        };
        levels.push(layer(graph, &mixed, "layer", level)?);
        from_above = Some(mixed);
    }
    levels.reverse();
    let Some(coarsest) = levels.last().cloned() else { candle_core::bail!("a pyramid without levels") };
    levels.push(graph.pool("MaxPool", &coarsest, 1, 2, 0));
    Ok(levels)
}

/// The regions where something may be, n x 4, the most certain first.
fn propose(
    graph: &mut Graph<'_>,
    pyramid: &[Value],
    anchors: &[Vec<[f32; 4]>],
    settings: &DetectorSettings,
    frame: &Frame,
) -> Result<Value> {
    let [of_level, of_picture] = settings.proposals_in_use;
    let shape_by_shape = graph.whole_numbers(&[settings.anchor_ratios.len() as i64, 4, -1]);
    let (all, first, fours) = (graph.whole_numbers(&[-1]), graph.whole_numbers(&[0]), graph.whole_numbers(&[-1, 4]));
    let least = graph.number(proposals::LEAST_SIDE);
    let overlap = graph.number(proposals::MOST_OVERLAP as f32);
    let (third, one_row) = (graph.whole_number(2), graph.whole_numbers(&[0, 1]));
    let (mut rects, mut scores) = (Vec::new(), Vec::new());
    for (level, anchors) in pyramid.iter().zip(anchors) {
        let mut x = level.clone();
        for at in 0..settings.proposal_convolutions {
            x = graph.conv(&x, &format!("rpn.head.conv.{at}.0"), 1, false)?;
            x = graph.relu(&x);
        }
        let objectness = graph.conv(&x, "rpn.head.cls_logits", 1, false)?;
        let objectness = graph.node("Transpose", &[&objectness], &[Attribute::Ints("perm", &[0, 2, 3, 1])]);
        let objectness = graph.node("Reshape", &[&objectness, &all], &[]);
        let shifts = graph.conv(&x, "rpn.head.bbox_pred", 1, false)?;
        // Shape by shape four numbers a cell, to cell by cell and shape by shape.
        let apart = graph.node("Reshape", &[&shifts, &shape_by_shape], &[]);
        let apart = graph.node("Transpose", &[&apart], &[Attribute::Ints("perm", &[2, 0, 1])]);
        let shifts = graph.node("Reshape", &[&apart, &fours], &[]);

        let most = graph.whole_numbers(&[of_level.min(anchors.len()) as i64]);
        let (logits, places) = graph.top(&objectness, &most, true);
        let (mut centres, mut sizes) = (Vec::new(), Vec::new());
        for anchor in anchors {
            let (x, y, width, height) = centre_and_size(anchor);
            centres.extend([x, y]);
            sizes.extend([width, height]);
        }
        let chosen =
            |graph: &mut Graph<'_>, of: &str| graph.node("Gather", &[of, &places], &[Attribute::Int("axis", 0)]);
        let (centres, sizes) =
            (graph.numbers(&[anchors.len(), 2], &centres), graph.numbers(&[anchors.len(), 2], &sizes));
        let (centres, sizes, shifts) = (chosen(graph, &centres), chosen(graph, &sizes), chosen(graph, &shifts));
        let of_level = decode(graph, PROPOSALS, &shifts, (&centres, &sizes), frame, 1);
        let score = graph.node("Sigmoid", &[&logits], &[]);
        let large = at_least(graph, &of_level, &least, 1);
        let keep =
            |graph: &mut Graph<'_>, of: &str| graph.node("Compress", &[of, &large], &[Attribute::Int("axis", 0)]);
        let (of_level, score) = (keep(graph, &of_level), keep(graph, &score));

        let one_batch = graph.node("Unsqueeze", &[&of_level, &first], &[]);
        let one_class = graph.node("Unsqueeze", &[&score, &one_row], &[]);
        let most = graph.whole_number(settings.proposals_in_use[0] as i64);
        let kept = graph.node("NonMaxSuppression", &[&one_batch, &one_class, &most, &overlap], &[]);
        let kept = graph.node("Gather", &[&kept, &third], &[Attribute::Int("axis", 1)]);
        rects.push(graph.node("Gather", &[&of_level, &kept], &[Attribute::Int("axis", 0)]));
        scores.push(graph.node("Gather", &[&score, &kept], &[Attribute::Int("axis", 0)]));
    }
    let rects = together(graph, &rects);
    let scores = together(graph, &scores);
    let best = best(graph, &scores, of_picture);
    Ok(graph.node("Gather", &[&rects, &best], &[Attribute::Int("axis", 0)]))
}

fn together(graph: &mut Graph<'_>, parts: &[Value]) -> Value {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    graph.node("Concat", &parts, &[Attribute::Int("axis", 0)])
}

/// The places of the highest of a list, at most so many.
fn best(graph: &mut Graph<'_>, scores: &str, most: usize) -> Value {
    let there = graph.node("Shape", &[scores], &[]);
    let most = graph.whole_numbers(&[most as i64]);
    let count = graph.node("Min", &[&there, &most], &[]);
    graph.top(scores, &count, true).1
}

/// Rectangles from how they are told relative to others, cut to the picture. `axis` is that of the numbers, of both.
fn decode(
    graph: &mut Graph<'_>,
    coding: Coding,
    shifts: &str,
    (centres, sizes): (&str, &str),
    frame: &Frame,
    axis: i64,
) -> Value {
    let (start, half, end) = (graph.whole_numbers(&[0]), graph.whole_numbers(&[2]), graph.whole_numbers(&[4]));
    let along = graph.whole_numbers(&[axis]);
    let mut moved = graph.node("Slice", &[shifts, &start, &half, &along], &[]);
    let mut grown = graph.node("Slice", &[shifts, &half, &end, &along], &[]);
    for (value, weight) in [(&mut moved, coding.shift), (&mut grown, coding.size)] {
        if weight != 1.0 {
            let weight = graph.number(weight);
            *value = graph.node("Div", &[value, &weight], &[]);
        }
    }
    let moved = graph.node("Mul", &[&moved, sizes], &[]);
    let centre = graph.add(&moved, centres);
    let most = graph.number(MOST_GROWTH);
    let grown = graph.node("Min", &[&grown, &most], &[]);
    let grown = graph.node("Exp", &[&grown], &[]);
    let side = graph.node("Mul", &[&grown, sizes], &[]);
    let a_half = graph.number(0.5);
    let half = graph.node("Mul", &[&side, &a_half], &[]);
    let near = graph.node("Sub", &[&centre, &half], &[]);
    let far = graph.add(&centre, &half);
    let rects = graph.node("Concat", &[&near, &far], &[Attribute::Int("axis", axis)]);
    let rects = graph.node("Max", &[&rects, &frame.nothing], &[]);
    graph.node("Min", &[&rects, &frame.far], &[])
}

/// Width and height of rectangles.
fn sides(graph: &mut Graph<'_>, rects: &str, axis: i64) -> Value {
    let (start, half, end) = (graph.whole_numbers(&[0]), graph.whole_numbers(&[2]), graph.whole_numbers(&[4]));
    let along = graph.whole_numbers(&[axis]);
    let near = graph.node("Slice", &[rects, &start, &half, &along], &[]);
    let far = graph.node("Slice", &[rects, &half, &end, &along], &[]);
    graph.node("Sub", &[&far, &near], &[])
}

/// Whether both sides of each rectangle are at least this long.
fn at_least(graph: &mut Graph<'_>, rects: &str, least: &str, axis: i64) -> Value {
    let sides = sides(graph, rects, axis);
    let shorter =
        graph.node("ReduceMin", &[&sides], &[Attribute::Ints("axes", &[axis]), Attribute::Int("keepdims", 0)]);
    graph.node("GreaterOrEqual", &[&shorter, least], &[])
}

/// Of every region its logits, the background's first, and four numbers for each class.
fn judge(
    graph: &mut Graph<'_>,
    pyramid: &[Value],
    regions: &str,
    settings: &DetectorSettings,
) -> Result<(Value, Value)> {
    let levels = levels(graph, regions);
    let all = graph.whole_numbers(&[-1]);
    let (mut parts, mut order) = (Vec::new(), Vec::new());
    for (level, features) in pyramid.iter().take(READ_LEVELS).enumerate() {
        let number = graph.number(level as f32);
        let here = graph.node("Equal", &[&levels, &number], &[]);
        let here = graph.node("NonZero", &[&here], &[]);
        let here = graph.node("Reshape", &[&here, &all], &[]);
        let own = graph.node("Gather", &[regions, &here], &[Attribute::Int("axis", 0)]);
        // All of the first picture.
        let pictures = graph.node("Sub", &[&here, &here], &[]);
        let cells = CELLS as i64;
        let read = [
            Attribute::Text("coordinate_transformation_mode", "output_half_pixel"),
            Attribute::Text("mode", "avg"),
            Attribute::Int("output_height", cells),
            Attribute::Int("output_width", cells),
            Attribute::Int("sampling_ratio", SAMPLES as i64),
            Attribute::Float("spatial_scale", 1.0 / stride_of(level) as f32),
        ];
        parts.push(graph.node("RoiAlign", &[features, &own, &pictures], &read));
        order.push(here);
    }
    let mut x = together(graph, &parts);
    let order = together(graph, &order);
    let head = "roi_heads.box_head";
    if settings.convolutional_head {
        for at in 0..CONVOLUTIONS {
            x = conv_norm(graph, &x, &format!("{head}.{at}.0"), &format!("{head}.{at}.1"), 1)?;
            x = graph.relu(&x);
        }
        x = graph.flat(&x);
        x = graph.linear(&x, &format!("{head}.{}", CONVOLUTIONS + 1))?;
        x = graph.relu(&x);
    } else {
        x = graph.flat(&x);
        for layer in ["fc6", "fc7"] {
            x = graph.linear(&x, &format!("{head}.{layer}"))?;
            x = graph.relu(&x);
        }
    }
    // Back from the order of the levels.
    let count = graph.node("Shape", &[&order], &[]);
    let (_, back) = graph.top(&order, &count, false);
    let mut answer = |layer: &str| -> Result<Value> {
        let answers = graph.linear(&x, &format!("roi_heads.box_predictor.{layer}"))?;
        Ok(graph.node("Gather", &[&answers, &back], &[Attribute::Int("axis", 0)]))
    };
    Ok((answer("cls_score")?, answer("bbox_pred")?))
}

/// Which level each region is read off, as [`regions::level_of`] says.
fn levels(graph: &mut Graph<'_>, regions: &str) -> Value {
    let sides = sides(graph, regions, 1);
    let area = graph.node("ReduceProd", &[&sides], &[Attribute::Ints("axes", &[1]), Attribute::Int("keepdims", 0)]);
    let side = graph.node("Sqrt", &[&area], &[]);
    let (one, ln_2, four, little) =
        (graph.number(224.0), graph.number(std::f32::consts::LN_2), graph.number(4.0), graph.number(1e-6));
    let share = graph.node("Div", &[&side, &one], &[]);
    let logarithm = graph.node("Log", &[&share], &[]);
    let doublings = graph.node("Div", &[&logarithm, &ln_2], &[]);
    let level = graph.add(&four, &doublings);
    let level = graph.add(&level, &little);
    let level = graph.node("Floor", &[&level], &[]);
    let (low, high, two) = (graph.number(2.0), graph.number(5.0), graph.number(2.0));
    let level = graph.node("Clip", &[&level, &low, &high], &[]);
    graph.node("Sub", &[&level, &two], &[])
}

/// The boxes that are listed: of each class those that score and do not overlap a better one.
fn list(
    graph: &mut Graph<'_>,
    regions: &str,
    (logits, shifts): (&str, &str),
    settings: &DetectorSettings,
    classes: usize,
    frame: &Frame,
) {
    let (start, one, end) = (graph.whole_numbers(&[0]), graph.whole_numbers(&[1]), graph.whole_numbers(&[i64::MAX]));
    let (two, four) = (graph.whole_numbers(&[2]), graph.whole_numbers(&[4]));
    // Region, class, four numbers.
    let by_class = graph.whole_numbers(&[-1, classes as i64 + 1, 4]);
    let shifts = graph.node("Reshape", &[shifts, &by_class], &[]);
    let shifts = graph.node("Slice", &[&shifts, &one, &end, &one], &[]);
    let near = graph.node("Slice", &[regions, &start, &two, &one], &[]);
    let far = graph.node("Slice", &[regions, &two, &four, &one], &[]);
    let sizes = graph.node("Sub", &[&far, &near], &[]);
    let a_half = graph.number(0.5);
    let half = graph.node("Mul", &[&sizes, &a_half], &[]);
    let centres = graph.add(&near, &half);
    let (centres, sizes) =
        (graph.node("Unsqueeze", &[&centres, &one], &[]), graph.node("Unsqueeze", &[&sizes, &one], &[]));
    let rects = decode(graph, BOXES, &shifts, (&centres, &sizes), frame, 2);
    let shares = graph.node("Softmax", &[logits], &[Attribute::Int("axis", 1)]);
    let shares = graph.node("Slice", &[&shares, &one, &end, &one], &[]);
    let least = graph.number(regions::LEAST_SIDE);
    let large = at_least(graph, &rects, &least, 2);
    let never = graph.number(-1.0);
    let scores = graph.node("Where", &[&large, &shares, &never], &[]);
    // Class by class: the boxes of each are suppressed among themselves.
    let rects = graph.node("Transpose", &[&rects], &[Attribute::Ints("perm", &[1, 0, 2])]);
    let scores = graph.node("Transpose", &[&scores], &[Attribute::Ints("perm", &[1, 0])]);
    let apart = graph.node("Unsqueeze", &[&scores, &one], &[]);
    let most = graph.whole_number(settings.proposals_in_use[1] as i64);
    let (overlap, least) = (graph.number(settings.nms_iou as f32), graph.number(settings.least_score as f32));
    let kept = graph.node("NonMaxSuppression", &[&rects, &apart, &most, &overlap, &least], &[]);
    // Class, 0, region.
    let columns = graph.whole_numbers(&[0, 2]);
    let places = graph.node("Gather", &[&kept, &columns], &[Attribute::Int("axis", 1)]);
    let of_kept = graph.node("GatherND", &[&scores, &places], &[]);
    let best = best(graph, &of_kept, settings.most_boxes);
    let places = graph.node("Gather", &[&places, &best], &[Attribute::Int("axis", 0)]);
    let first_column = graph.whole_number(0);
    graph.named_node("GatherND", &[&rects, &places], &[], "boxes".to_owned());
    graph.named_node("GatherND", &[&scores, &places], &[], "scores".to_owned());
    let column = [Attribute::Int("axis", 1)];
    graph.named_node("Gather", &[&places, &first_column], &column, "labels".to_owned());
}
