//! The named numbers of a network: weights that are trained and buffers that are not, drawn from a seed by name.

use candle_core::{Device, Result, Shape, Tensor, TensorId, Var};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whether a network is used or trained.
#[derive(Clone, Copy)]
pub enum Mode<'a> {
    /// Running statistics, no dropout, and no gradients towards the weights.
    Inference,
    /// As [`Self::Inference`], but on the way back no ReLU lets a gradient below zero through: guided backpropagation
    /// (Springenberg et al. 2015).
    Guided,
    /// Batch statistics, dropout drawn from this generator, gradients towards the weights.
    Training(&'a RefCell<ChaCha8Rng>),
    /// Training of everything that is not frozen.
    PartlyFrozen(&'a RefCell<ChaCha8Rng>, &'a Frozen),
}

impl<'a> Mode<'a> {
    /// Whether gradients towards the weights, those that are not frozen, are wanted.
    pub fn is_training(&self) -> bool {
        self.generator().is_some()
    }

    /// What training draws from; nothing is drawn in inference.
    pub fn generator(&self) -> Option<&'a RefCell<ChaCha8Rng>> {
        match self {
            Self::Inference | Self::Guided => None,
            Self::Training(rng) | Self::PartlyFrozen(rng, _) => Some(rng),
        }
    }

    /// Whether ReLUs hold back gradients below zero.
    pub fn is_guided(&self) -> bool {
        matches!(self, Self::Guided)
    }

    /// Whether this parameter stays as it is.
    pub fn is_frozen(&self, var: &Var) -> bool {
        match self {
            Self::Inference | Self::Guided => true,
            Self::Training(_) => false,
            Self::PartlyFrozen(_, frozen) => frozen.vars.contains(&var.id()),
        }
    }

    /// A weight as this mode uses it. Without training, or frozen, it is cut off the graph, so that no activation is
    /// kept for a backward pass that never comes.
    pub fn weight(&self, var: &Var) -> Tensor {
        if self.is_frozen(var) { var.as_detached_tensor() } else { var.as_tensor().clone() }
    }
}

/// Parameters that a training step leaves alone. A frozen weight gets no gradient; a batch norm whose `running_mean` is
/// frozen uses its running statistics, as in inference, and does not move them.
#[derive(Clone, Debug, Default)]
pub struct Frozen {
    vars: HashSet<TensorId>,
}

impl Frozen {
    /// Freezes the weights and buffers whose name `frozen` accepts.
    pub fn new(params: &Params, frozen: impl Fn(&str) -> bool) -> Self {
        Self { vars: params.all().into_iter().filter(|(name, _)| frozen(name)).map(|(_, var)| var.id()).collect() }
    }
}

/// How a weight starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Normal with variance 2 / fan-out (He et al. 2015), torchvision's choice for the convolutions of a ResNet.
    KaimingNormalFanOut,
    /// Normal with variance 2 / fan-in, torchvision's choice for the convolutions of a DenseNet.
    KaimingNormalFanIn,
    /// Uniform in +-1 / sqrt(fan-in), what `torch.nn.Linear` and `Conv2d` do unless told otherwise.
    KaimingUniform,
    /// Uniform in +-1 / sqrt(`fan_in`), the bias that goes with [`Init::KaimingUniform`].
    BiasUniform {
        /// Inputs of one unit of the layer this bias belongs to.
        fan_in: usize,
    },
    /// Uniform with variance 1 / fan-in, torchvision's choice for the convolutions of a feature pyramid.
    UnitGainUniform,
    /// Normal with deviation 0.01, torchvision's choice for a region proposal network.
    NormalHundredth,
    /// Uniform in +-1 / sqrt(outputs), torchvision's choice for the last layer of an EfficientNet.
    UniformFanOut,
    Zeros,
    Ones,
}

struct Entry {
    var: Var,
    trainable: bool,
}

/// All parameters of a network by name. Clones share the same memory.
#[derive(Clone)]
pub struct Params {
    device: Device,
    /// Nothing is drawn without one.
    seed: Option<u64>,
    entries: Arc<Mutex<BTreeMap<String, Entry>>>,
}

/// What became of tensors handed to [`Params::assign`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssignReport {
    /// Names taken over.
    pub assigned: Vec<String>,
    /// Parameters for which no tensor was given; they keep their values.
    pub missing: Vec<String>,
    /// Tensors for which there is no parameter.
    pub unexpected: Vec<String>,
    /// Tensors of another shape than their parameter, which keeps its values.
    pub misshaped: Vec<Misshaped>,
}

/// A tensor whose shape is not its parameter's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misshaped {
    pub name: String,
    /// The parameter's shape.
    pub expected: Vec<usize>,
    /// The given tensor's shape.
    pub found: Vec<usize>,
}

impl AssignReport {
    /// Whether every parameter got its tensor and nothing was left over.
    pub fn is_exact(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.misshaped.is_empty()
    }
}

impl Params {
    /// No parameters yet; those to come are drawn from this seed.
    pub fn new(device: &Device, seed: u64) -> Self {
        Self { device: device.clone(), seed: Some(seed), entries: Arc::default() }
    }

    /// No parameters yet; those to come are all zeros: a network for its names and shapes alone.
    pub fn blank(device: &Device) -> Self {
        Self { device: device.clone(), seed: None, entries: Arc::default() }
    }

    /// Where the parameters live.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The scope without a prefix.
    pub fn root(&self) -> Scope {
        Scope { params: self.clone(), prefix: String::new() }
    }

    /// Weights, sorted by name.
    pub fn trainable(&self) -> Vec<(String, Var)> {
        self.listed(|entry| entry.trainable)
    }

    /// Weights and buffers, sorted by name.
    pub fn all(&self) -> Vec<(String, Var)> {
        self.listed(|_| true)
    }

    /// Copies of the buffers (running statistics), to be put back with [`Params::assign`].
    pub fn buffers(&self) -> Result<HashMap<String, Tensor>> {
        let buffers = self.listed(|entry| !entry.trainable).into_iter();
        buffers.map(|(name, var)| Ok((name, var.as_detached_tensor().copy()?))).collect()
    }

    /// Copies of all tensors, sorted by name: later training steps do not change them.
    pub fn snapshot(&self) -> Result<Vec<(String, Tensor)>> {
        self.all().into_iter().map(|(name, var)| Ok((name, var.as_detached_tensor().copy()?))).collect()
    }

    /// Takes over every tensor that has a parameter of its name and shape, and reports the rest. Other number types
    /// become f32; `num_batches_tracked`, which PyTorch keeps beside its running statistics, is passed over.
    pub fn assign(&self, tensors: &HashMap<String, Tensor>) -> Result<AssignReport> {
        let entries = self.locked();
        let mut report = AssignReport::default();
        for (name, entry) in entries.iter() {
            let Some(tensor) = tensors.get(name) else {
                report.missing.push(name.clone());
                continue;
            };
            if tensor.dims() != entry.var.dims() {
                report.misshaped.push(Misshaped {
                    name: name.clone(),
                    expected: entry.var.dims().to_vec(),
                    found: tensor.dims().to_vec(),
                });
                continue;
            }
            // Copied first: a variable cannot be set from its own memory, as when a network is assigned its own tensors.
            entry.var.set(&tensor.detach().to_dtype(entry.var.dtype())?.to_device(&self.device)?.copy()?)?;
            report.assigned.push(name.clone());
        }
        report.unexpected = tensors
            .keys()
            .filter(|name| !entries.contains_key(*name) && !name.ends_with("num_batches_tracked"))
            .cloned()
            .collect();
        report.unexpected.sort();
        Ok(report)
    }

    fn listed(&self, keep: impl Fn(&Entry) -> bool) -> Vec<(String, Var)> {
        self.locked().iter().filter(|(_, e)| keep(e)).map(|(name, e)| (name.clone(), e.var.clone())).collect()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, name: String, values: Vec<f32>, shape: Shape, trainable: bool) -> Result<Var> {
        let var = Var::from_tensor(&Tensor::from_vec(values, shape, &self.device)?)?;
        match self.locked().entry(name) {
            std::collections::btree_map::Entry::Occupied(taken) => {
                candle_core::bail!("two parameters are both named {}", taken.key())
            }
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(Entry { var: var.clone(), trainable });
                Ok(var)
            }
        }
    }
}

/// A place in the tree of names, where a layer asks for its parameters.
#[derive(Clone)]
pub struct Scope {
    params: Params,
    prefix: String,
}

impl Scope {
    /// The scope below this one: `root.pp("layer1").pp("0")` names `layer1.0.*`.
    pub fn pp(&self, name: impl std::fmt::Display) -> Self {
        Self { params: self.params.clone(), prefix: self.full(&name.to_string()) }
    }

    /// A new trainable parameter. Its start depends on the seed and its full name only, so adding a layer leaves the
    /// others as they were.
    pub fn weight(&self, name: &str, shape: impl Into<Shape>, init: Init) -> Result<Var> {
        let (name, shape) = (self.full(name), shape.into());
        let values = match self.params.seed {
            Some(seed) => draw(&mut generator(seed, &name), shape.dims(), init),
            None => vec![0.0; shape.elem_count()],
        };
        self.params.add(name, values, shape, true)
    }

    /// A new parameter that no optimizer touches, such as a running mean.
    pub fn buffer(&self, name: &str, shape: impl Into<Shape>, value: f64) -> Result<Var> {
        let shape = shape.into();
        self.params.add(self.full(name), vec![value as f32; shape.elem_count()], shape, false)
    }

    fn full(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}.{name}", self.prefix) }
    }
}

/// A generator of its own for each name; the name enters by its FNV-1a hash.
fn generator(seed: u64, name: &str) -> ChaCha8Rng {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let mut key = [0u8; 32];
    for (slot, byte) in key.iter_mut().zip(seed.to_le_bytes().into_iter().chain(hash.to_le_bytes())) {
        *slot = byte;
    }
    ChaCha8Rng::from_seed(key)
}

/// Uniform in [0, 1) with 24 random bits, as many as an f32 can hold evenly.
pub(super) fn unit(rng: &mut impl Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / (1u32 << 24) as f32
}

fn draw(rng: &mut ChaCha8Rng, shape: &[usize], init: Init) -> Vec<f32> {
    let count: usize = shape.iter().product();
    let receptive: usize = shape.iter().skip(2).product();
    let fan = |axis: usize| (shape.get(axis).copied().unwrap_or(1) * receptive).max(1);
    let mut uniform = |fan_in: usize, gain: f32| {
        let bound = gain / (fan_in.max(1) as f32).sqrt();
        (0..count).map(|_| (unit(rng) * 2.0 - 1.0) * bound).collect()
    };
    match init {
        Init::Zeros => vec![0.0; count],
        Init::Ones => vec![1.0; count],
        Init::KaimingUniform => uniform(fan(1), 1.0),
        Init::BiasUniform { fan_in } => uniform(fan_in, 1.0),
        Init::UniformFanOut => uniform(fan(0), 1.0),
        Init::UnitGainUniform => uniform(fan(1), 3.0f32.sqrt()),
        Init::NormalHundredth => (0..count).map(|_| (normal(rng) * 0.01) as f32).collect(),
        Init::KaimingNormalFanOut | Init::KaimingNormalFanIn => {
            let axis = usize::from(init == Init::KaimingNormalFanIn);
            let deviation = (2.0 / fan(axis) as f64).sqrt();
            (0..count).map(|_| (normal(rng) * deviation) as f32).collect()
        }
    }
}

/// One draw of the standard normal distribution (Box and Muller 1958).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let open = 1.0 - f64::from(unit(rng));
    let angle = std::f64::consts::TAU * f64::from(unit(rng));
    (-2.0 * open.ln()).sqrt() * angle.cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(var: &Var) -> Vec<f32> {
        var.flatten_all().and_then(|t| t.to_vec1()).expect("f32 values")
    }

    #[test]
    fn a_start_depends_on_seed_and_name_but_not_on_order() {
        let one = Params::new(&Device::Cpu, 7);
        let a = one.root().pp("a").weight("w", (4, 3), Init::KaimingUniform).expect("a");
        let b = one.root().pp("b").weight("w", (4, 3), Init::KaimingUniform).expect("b");
        let other = Params::new(&Device::Cpu, 7);
        let b2 = other.root().pp("b").weight("w", (4, 3), Init::KaimingUniform).expect("b");
        assert_eq!(values(&b), values(&b2));
        assert_ne!(values(&a), values(&b));
        let reseeded = Params::new(&Device::Cpu, 8).root().pp("b").weight("w", (4, 3), Init::KaimingUniform);
        assert_ne!(values(&b), values(&reseeded.expect("b")));
        assert!(one.root().pp("a").weight("w", 1, Init::Zeros).is_err(), "a name given twice");
    }

    #[test]
    fn draws_have_the_spread_their_name_promises() {
        let params = Params::new(&Device::Cpu, 1);
        let w = values(&params.root().weight("n", (64, 32, 3, 3), Init::KaimingNormalFanOut).expect("n"));
        let mean = w.iter().sum::<f32>() / w.len() as f32;
        let variance = w.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / w.len() as f32;
        assert!((variance / (2.0 / (64.0 * 9.0)) - 1.0).abs() < 0.03, "{variance}");
        let u = values(&params.root().weight("u", (50, 100), Init::KaimingUniform).expect("u"));
        let largest = u.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        assert!(largest <= 0.1 && largest > 0.099, "{largest}");
    }

    #[test]
    fn assigning_takes_what_fits_and_names_the_rest() {
        let params = Params::new(&Device::Cpu, 1);
        params.root().weight("a", 2, Init::Zeros).expect("a");
        params.root().weight("b", (2, 2), Init::Zeros).expect("b");
        params.root().buffer("c", 1, 0.0).expect("c");
        let t = |v: Vec<f64>| Tensor::new(v, &Device::Cpu).expect("tensor");
        let given = HashMap::from([
            ("a".to_owned(), t(vec![1.0, 2.0])),
            ("b".to_owned(), t(vec![1.0])),
            ("d".to_owned(), t(vec![1.0])),
            ("x.num_batches_tracked".to_owned(), t(vec![1.0])),
        ]);
        let report = params.assign(&given).expect("assigned");
        assert_eq!((report.assigned, report.missing), (vec!["a".to_owned()], vec!["c".to_owned()]));
        assert_eq!(report.unexpected, ["d"]);
        assert_eq!(report.misshaped, [Misshaped { name: "b".into(), expected: vec![2, 2], found: vec![1] }]);
        assert_eq!(values(&params.all()[0].1), [1.0, 2.0]);
        assert_eq!(params.trainable().len(), 2);
    }
}
