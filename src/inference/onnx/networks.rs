//! The classifiers as ONNX graphs. What layers a network has, and of what size, is read off its weights; only what they do not
//! show, such as strides, is said here.

use super::graph::{Attribute, Graph, Value};
use crate::domain::recipe::{ClassifierArchitecture, Head, SimpleCnn};
use crate::models::EFFICIENTNET_B0_STRIDES;
use candle_core::Result;

/// From "input" to one number a class: what `predict` calls logits.
pub(super) fn logits(graph: &mut Graph<'_>, architecture: &ClassifierArchitecture, head: Head) -> Result<Value> {
    let answers = match architecture {
        ClassifierArchitecture::SimpleCnn(settings) => simple_cnn(graph, settings)?,
        ClassifierArchitecture::ResNet18 | ClassifierArchitecture::ResNet34 | ClassifierArchitecture::ResNet50 => {
            resnet(graph)?
        }
        ClassifierArchitecture::EfficientNetB0 { .. } => efficientnet(graph)?,
        ClassifierArchitecture::DenseNet121 => densenet(graph)?,
    };
    Ok(match head {
        Head::Classes | Head::Findings => answers,
        Head::Corn => corn(graph, &answers),
        Head::Coral => coral(graph, &answers),
    })
}

pub(super) fn conv_norm(graph: &mut Graph<'_>, x: &str, conv: &str, norm: &str, stride: i64) -> Result<Value> {
    let x = graph.conv(x, conv, stride, false)?;
    graph.batch_norm(&x, norm)
}

fn simple_cnn(graph: &mut Graph<'_>, settings: &SimpleCnn) -> Result<Value> {
    let mut x = "input".to_owned();
    for block in 0..settings.channels.len() {
        x = graph.conv(&x, &format!("blocks.{block}.conv"), 1, false)?;
        if settings.batch_norm {
            x = graph.batch_norm(&x, &format!("blocks.{block}.bn"))?;
        }
        x = graph.relu(&x);
        x = graph.pool("MaxPool", &x, 2, 2, 0);
    }
    x = if settings.global_pooling { graph.means(&x) } else { graph.flat(&x) };
    if settings.hidden > 0 {
        x = graph.linear(&x, "hidden")?;
        x = graph.relu(&x);
    }
    graph.linear(&x, "fc")
}

fn resnet(graph: &mut Graph<'_>) -> Result<Value> {
    let stages = resnet_stages(graph, "input", "")?;
    let Some(last) = stages.last() else { candle_core::bail!("a ResNet without stages") };
    let means = graph.means(last);
    graph.linear(&means, "fc")
}

/// What each of the four stages gives, of a ResNet whose weights' names begin with `prefix`.
pub(super) fn resnet_stages(graph: &mut Graph<'_>, x: &str, prefix: &str) -> Result<Vec<Value>> {
    let mut x = conv_norm(graph, x, &format!("{prefix}conv1"), &format!("{prefix}bn1"), 2)?;
    x = graph.relu(&x);
    x = graph.pool("MaxPool", &x, 3, 2, 1);
    let mut stages = Vec::new();
    for layer in 1..=4 {
        for block in 0.. {
            let place = format!("{prefix}layer{layer}.{block}");
            if graph.shape(&format!("{place}.conv1.weight")).is_none() {
                break;
            }
            let halving = if layer > 1 && block == 0 { 2 } else { 1 };
            let bottleneck = graph.shape(&format!("{place}.conv3.weight")).is_some();
            let last = if bottleneck { 3 } else { 2 };
            let mut y = x.clone();
            for number in 1..=last {
                // A bottleneck strides in its 3x3 convolution.
                let stride = if number == last - 1 { halving } else { 1 };
                y = conv_norm(graph, &y, &format!("{place}.conv{number}"), &format!("{place}.bn{number}"), stride)?;
                if number < last {
                    y = graph.relu(&y);
                }
            }
            if graph.shape(&format!("{place}.downsample.0.weight")).is_some() {
                x = conv_norm(graph, &x, &format!("{place}.downsample.0"), &format!("{place}.downsample.1"), halving)?;
            }
            let sum = graph.add(&y, &x);
            x = graph.relu(&sum);
        }
        stages.push(x.clone());
    }
    Ok(stages)
}

fn densenet(graph: &mut Graph<'_>) -> Result<Value> {
    let mut x = conv_norm(graph, "input", "features.conv0", "features.norm0", 2)?;
    x = graph.relu(&x);
    x = graph.pool("MaxPool", &x, 3, 2, 1);
    for block in 1.. {
        let place = format!("features.denseblock{block}");
        if graph.shape(&format!("{place}.denselayer1.conv1.weight")).is_none() {
            break;
        }
        for layer in 1.. {
            let place = format!("{place}.denselayer{layer}");
            if graph.shape(&format!("{place}.conv1.weight")).is_none() {
                break;
            }
            let mut y = x.clone();
            for number in 1..=2 {
                y = graph.batch_norm(&y, &format!("{place}.norm{number}"))?;
                y = graph.relu(&y);
                y = graph.conv(&y, &format!("{place}.conv{number}"), 1, false)?;
            }
            x = graph.node("Concat", &[&x, &y], &[Attribute::Int("axis", 1)]);
        }
        let transition = format!("features.transition{block}");
        if graph.shape(&format!("{transition}.conv.weight")).is_some() {
            x = graph.batch_norm(&x, &format!("{transition}.norm"))?;
            x = graph.relu(&x);
            x = graph.conv(&x, &format!("{transition}.conv"), 1, false)?;
            x = graph.pool("AveragePool", &x, 2, 2, 0);
        }
    }
    x = graph.batch_norm(&x, "features.norm5")?;
    x = graph.relu(&x);
    let means = graph.means(&x);
    graph.linear(&means, "classifier")
}

fn efficientnet(graph: &mut Graph<'_>) -> Result<Value> {
    let mut x = conv_norm(graph, "input", "features.0.0", "features.0.1", 2)?;
    x = graph.silu(&x);
    for (stage, stride) in (1..).zip(EFFICIENTNET_B0_STRIDES) {
        for block in 0.. {
            let place = format!("features.{stage}.{block}.block");
            if graph.shape(&format!("{place}.0.0.weight")).is_none() {
                break;
            }
            x = inverted_residual(graph, &x, &place, if block == 0 { stride as i64 } else { 1 })?;
        }
    }
    let last = EFFICIENTNET_B0_STRIDES.len() + 1;
    x = conv_norm(graph, &x, &format!("features.{last}.0"), &format!("features.{last}.1"), 1)?;
    x = graph.silu(&x);
    let means = graph.means(&x);
    graph.linear(&means, "classifier.1")
}

/// To more channels (but in the first stage), each by itself, scaled by what two small layers make of all means, and back to
/// fewer; around all that, where the shape stays.
fn inverted_residual(graph: &mut Graph<'_>, x: &str, place: &str, stride: i64) -> Result<Value> {
    let sides = |graph: &Graph<'_>, name: String| graph.shape(&name).map(<[usize]>::to_vec).unwrap_or_default();
    let widens = sides(graph, format!("{place}.3.0.weight")).len() == 4;
    let (mut y, mut at) = (x.to_owned(), 0);
    if widens {
        y = conv_norm(graph, &y, &format!("{place}.0.0"), &format!("{place}.0.1"), 1)?;
        y = graph.silu(&y);
        at = 1;
    }
    y = graph.conv(&y, &format!("{place}.{at}.0"), stride, true)?;
    y = graph.batch_norm(&y, &format!("{place}.{at}.1"))?;
    y = graph.silu(&y);
    let squeeze = format!("{place}.{}", at + 1);
    let mut gate = graph.node("GlobalAveragePool", &[&y], &[]);
    gate = graph.conv(&gate, &format!("{squeeze}.fc1"), 1, false)?;
    gate = graph.silu(&gate);
    gate = graph.conv(&gate, &format!("{squeeze}.fc2"), 1, false)?;
    gate = graph.node("Sigmoid", &[&gate], &[]);
    y = graph.node("Mul", &[&y, &gate], &[]);
    let project = format!("{place}.{}", at + 2);
    y = conv_norm(graph, &y, &format!("{project}.0"), &format!("{project}.1"), 1)?;
    let entering = sides(graph, format!("{place}.0.0.weight"));
    // A depthwise convolution has its inputs as outputs.
    let inputs = if widens { entering.get(1) } else { entering.first() };
    let outputs = sides(graph, format!("{project}.0.weight"));
    Ok(if stride == 1 && inputs == outputs.first() { graph.add(&y, x) } else { y })
}

/// The logarithm of the sigmoid of x.
fn log_sigmoid(graph: &mut Graph<'_>, x: &str) -> Value {
    let turned = graph.node("Neg", &[x], &[]);
    log_of_no(graph, &turned)
}

/// The logarithm of one less the sigmoid of x.
fn log_of_no(graph: &mut Graph<'_>, x: &str) -> Value {
    let soft = graph.node("Softplus", &[x], &[]);
    graph.node("Neg", &[&soft], &[])
}

/// Logarithms of class probabilities from steps, each given that its grade is reached: all before with yes, this one with no.
fn corn(graph: &mut Graph<'_>, steps: &str) -> Value {
    let yes = log_sigmoid(graph, steps);
    let no = log_of_no(graph, steps);
    let axis = graph.whole_numbers(&[1]);
    let before = graph.node("CumSum", &[&yes, &axis], &[Attribute::Int("exclusive", 1), Attribute::Int("reverse", 0)]);
    let all_but_last = graph.add(&before, &no);
    let last = graph.node("ReduceSum", &[&yes, &axis], &[Attribute::Int("keepdims", 1)]);
    graph.node("Concat", &[&all_but_last, &last], &[Attribute::Int("axis", 1)])
}

/// Logarithms of class probabilities from steps without a condition: what lies above one grade less what lies above the next.
fn coral(graph: &mut Graph<'_>, steps: &str) -> Value {
    let yes = log_sigmoid(graph, steps);
    let no = log_of_no(graph, steps);
    let axis = graph.whole_numbers(&[1]);
    let (first, second, end, last) = (
        graph.whole_numbers(&[0]),
        graph.whole_numbers(&[1]),
        graph.whole_numbers(&[i64::MAX]),
        graph.whole_numbers(&[-1]),
    );
    let mut slice = |x: &str, from: &str, to: &str| graph.node("Slice", &[x, from, to, &axis], &[]);
    let (lowest, nos) = (slice(&no, &first, &second), slice(&no, &second, &end));
    let (yeses, highest) = (slice(&yes, &first, &last), slice(&yes, &last, &end));
    let (earlier, later) = (slice(steps, &first, &last), slice(steps, &second, &end));
    let apart = graph.node("Sub", &[&later, &earlier], &[]);
    let ratio = graph.node("Exp", &[&apart], &[]);
    let (one, least) = (graph.number(1.0), graph.number(1e-12));
    let share = graph.node("Sub", &[&one, &ratio], &[]);
    let share = graph.node("Clip", &[&share, &least, &one], &[]);
    let between = graph.node("Log", &[&share], &[]);
    let both = graph.add(&yeses, &nos);
    let middle = graph.add(&both, &between);
    graph.node("Concat", &[&lowest, &middle, &highest], &[Attribute::Int("axis", 1)])
}
