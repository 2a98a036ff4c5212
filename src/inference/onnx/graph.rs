//! A graph of ONNX operations, put together one after the other.

use super::proto::{
    AttributeProto, DimensionProto, FLOAT, FLOAT_ATTRIBUTE, GraphProto, INT_ATTRIBUTE, INT64, INTS_ATTRIBUTE,
    NodeProto, STRING_ATTRIBUTE, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use candle_core::{DType, Result, Tensor};
use std::collections::{BTreeSet, HashMap};

/// What batch norm adds to a variance, as everywhere in this program.
const EPSILON: f32 = 1e-5;

/// The name of what an operation gives.
pub(super) type Value = String;

/// A graph that grows, and the weights it takes from.
pub(super) struct Graph<'a> {
    weights: &'a HashMap<String, Tensor>,
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
    /// Weights that are initializers by now.
    used: BTreeSet<String>,
}

/// An attribute of an operation.
#[derive(Clone, Copy)]
pub(super) enum Attribute<'a> {
    Float(&'a str, f32),
    Int(&'a str, i64),
    Ints(&'a str, &'a [i64]),
    Text(&'a str, &'a str),
}

impl Attribute<'_> {
    fn written(self) -> AttributeProto {
        let named = |name: &str, kind: i32| AttributeProto {
            name: Some(name.to_owned()),
            r#type: Some(kind),
            ..AttributeProto::default()
        };
        match self {
            Self::Float(name, value) => AttributeProto { f: Some(value), ..named(name, FLOAT_ATTRIBUTE) },
            Self::Int(name, value) => AttributeProto { i: Some(value), ..named(name, INT_ATTRIBUTE) },
            Self::Ints(name, values) => AttributeProto { ints: values.to_vec(), ..named(name, INTS_ATTRIBUTE) },
            Self::Text(name, text) => {
                AttributeProto { s: Some(text.as_bytes().to_vec()), ..named(name, STRING_ATTRIBUTE) }
            }
        }
    }
}

impl<'a> Graph<'a> {
    pub(super) fn new(weights: &'a HashMap<String, Tensor>) -> Self {
        Self { weights, nodes: Vec::new(), initializers: Vec::new(), used: BTreeSet::new() }
    }

    /// The shape of a weight; `None` where there is none of this name.
    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.weights.get(name).map(Tensor::dims)
    }

    /// An operation with one result.
    pub(super) fn node(&mut self, kind: &str, inputs: &[&str], attributes: &[Attribute<'_>]) -> Value {
        self.named_node(kind, inputs, attributes, format!("{}_{}", kind.to_lowercase(), self.nodes.len()))
    }

    /// As [`Self::node`], with a name for the result.
    pub(super) fn named_node(
        &mut self,
        kind: &str,
        inputs: &[&str],
        attributes: &[Attribute<'_>],
        output: String,
    ) -> Value {
        self.push(kind, inputs, attributes, vec![output.clone()]);
        output
    }

    /// The highest or lowest numbers along the last axis, in order, and their places; of equal ones the first comes first.
    /// `count` is a list of one number.
    pub(super) fn top(&mut self, x: &str, count: &str, largest: bool) -> (Value, Value) {
        let (values, places) = (format!("top_{}", self.nodes.len()), format!("places_{}", self.nodes.len()));
        let attributes =
            [Attribute::Int("axis", -1), Attribute::Int("largest", i64::from(largest)), Attribute::Int("sorted", 1)];
        self.push("TopK", &[x, count], &attributes, vec![values.clone(), places.clone()]);
        (values, places)
    }

    fn push(&mut self, kind: &str, inputs: &[&str], attributes: &[Attribute<'_>], outputs: Vec<String>) {
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|input| (*input).to_owned()).collect(),
            name: outputs.first().cloned(),
            output: outputs,
            op_type: Some(kind.to_owned()),
            attribute: attributes.iter().map(|attribute| attribute.written()).collect(),
        });
    }

    /// A weight as an initializer, by its own name.
    fn weight(&mut self, name: &str) -> Result<Value> {
        if self.used.insert(name.to_owned()) {
            let Some(tensor) = self.weights.get(name) else { candle_core::bail!("the weights lack {name}") };
            let values = tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
            self.initializers.push(TensorProto {
                dims: tensor.dims().iter().map(|side| *side as i64).collect(),
                data_type: Some(FLOAT),
                name: Some(name.to_owned()),
                raw_data: Some(values.into_iter().flat_map(f32::to_le_bytes).collect()),
            });
        }
        Ok(name.to_owned())
    }

    /// A list of whole numbers that an operation takes as an input.
    pub(super) fn whole_numbers(&mut self, values: &[i64]) -> Value {
        self.constant(INT64, &[values.len()], values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// A single whole number that an operation takes as an input.
    pub(super) fn whole_number(&mut self, value: i64) -> Value {
        self.constant(INT64, &[], value.to_le_bytes().to_vec())
    }

    /// A single number that an operation takes as an input.
    pub(super) fn number(&mut self, value: f32) -> Value {
        self.numbers(&[], &[value])
    }

    /// Numbers of this shape that an operation takes as an input.
    pub(super) fn numbers(&mut self, sides: &[usize], values: &[f32]) -> Value {
        self.constant(FLOAT, sides, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    fn constant(&mut self, kind: i32, sides: &[usize], bytes: Vec<u8>) -> Value {
        let name = format!("constant_{}", self.initializers.len());
        self.initializers.push(TensorProto {
            dims: sides.iter().map(|side| *side as i64).collect(),
            data_type: Some(kind),
            name: Some(name.clone()),
            raw_data: Some(bytes),
        });
        name
    }

    /// The convolution of this name. Its size, and how many groups it has where `depthwise`, follow from its weight; the
    /// padding keeps the grid.
    pub(super) fn conv(&mut self, x: &str, name: &str, stride: i64, depthwise: bool) -> Result<Value> {
        let weight = self.weight(&format!("{name}.weight"))?;
        let Some(&[outputs, _, height, width]) = self.shape(&weight) else {
            candle_core::bail!("{weight} is no convolution")
        };
        let (height, width) = (height as i64, width as i64);
        let group = if depthwise { outputs as i64 } else { 1 };
        let bias = format!("{name}.bias");
        let mut inputs = vec![x.to_owned(), weight];
        if self.shape(&bias).is_some() {
            inputs.push(self.weight(&bias)?);
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let attributes = [
            Attribute::Ints("dilations", &[1, 1]),
            Attribute::Int("group", group),
            Attribute::Ints("kernel_shape", &[height, width]),
            Attribute::Ints("pads", &[height / 2, width / 2, height / 2, width / 2]),
            Attribute::Ints("strides", &[stride, stride]),
        ];
        Ok(self.node("Conv", &inputs, &attributes))
    }

    pub(super) fn batch_norm(&mut self, x: &str, name: &str) -> Result<Value> {
        let mut inputs = vec![x.to_owned()];
        for part in ["weight", "bias", "running_mean", "running_var"] {
            inputs.push(self.weight(&format!("{name}.{part}"))?);
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        Ok(self.node("BatchNormalization", &inputs, &[Attribute::Float("epsilon", EPSILON)]))
    }

    pub(super) fn relu(&mut self, x: &str) -> Value {
        self.node("Relu", &[x], &[])
    }

    /// x times its sigmoid.
    pub(super) fn silu(&mut self, x: &str) -> Value {
        let gate = self.node("Sigmoid", &[x], &[]);
        self.node("Mul", &[x, &gate], &[])
    }

    pub(super) fn add(&mut self, a: &str, b: &str) -> Value {
        self.node("Add", &[a, b], &[])
    }

    pub(super) fn pool(&mut self, kind: &str, x: &str, kernel: i64, stride: i64, padding: i64) -> Value {
        let attributes = [
            Attribute::Int("ceil_mode", 0),
            Attribute::Ints("kernel_shape", &[kernel, kernel]),
            Attribute::Ints("pads", &[padding; 4]),
            Attribute::Ints("strides", &[stride, stride]),
        ];
        self.node(kind, &[x], &attributes)
    }

    /// The mean over the positions of every channel: N, C.
    pub(super) fn means(&mut self, x: &str) -> Value {
        let means = self.node("GlobalAveragePool", &[x], &[]);
        self.flat(&means)
    }

    /// N, and all the rest in a row.
    pub(super) fn flat(&mut self, x: &str) -> Value {
        self.node("Flatten", &[x], &[Attribute::Int("axis", 1)])
    }

    /// The linear layer of this name.
    pub(super) fn linear(&mut self, x: &str, name: &str) -> Result<Value> {
        let (weight, bias) = (self.weight(&format!("{name}.weight"))?, self.weight(&format!("{name}.bias"))?);
        Ok(self.node("Gemm", &[x, &weight, &bias], &[Attribute::Int("transB", 1)]))
    }

    /// Weights that no operation takes.
    pub(super) fn unused(&self) -> Option<&String> {
        self.weights.keys().find(|name| !self.used.contains(*name) && !name.ends_with("num_batches_tracked"))
    }

    /// The graph from an input to these results.
    pub(super) fn finish(self, name: &str, input: &Port<'_>, outputs: &[Port<'_>]) -> GraphProto {
        GraphProto {
            node: self.nodes,
            name: Some(name.to_owned()),
            initializer: self.initializers,
            input: vec![input.written()],
            output: outputs.iter().map(Port::written).collect(),
        }
    }
}

/// A side of what goes in or comes out.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Of(usize),
    /// As many as there will be, by the name of what is counted.
    Any(&'static str),
}

/// What goes into a graph or comes out of it.
pub(super) struct Port<'a> {
    pub(super) name: &'a str,
    /// Whole numbers instead of numbers.
    pub(super) whole: bool,
    pub(super) sides: &'a [Side],
    pub(super) what: &'a str,
}

impl Port<'_> {
    fn written(&self) -> ValueInfoProto {
        let side = |side: &Side| match side {
            Side::Of(count) => DimensionProto { dim_value: Some(*count as i64), dim_param: None },
            Side::Any(counted) => DimensionProto { dim_value: None, dim_param: Some((*counted).to_owned()) },
        };
        let shape = TensorShapeProto { dim: self.sides.iter().map(side).collect() };
        let elem_type = Some(if self.whole { INT64 } else { FLOAT });
        ValueInfoProto {
            name: Some(self.name.to_owned()),
            r#type: Some(TypeProto { tensor_type: Some(TensorTypeProto { elem_type, shape: Some(shape) }) }),
            doc_string: Some(self.what.to_owned()),
        }
    }
}
