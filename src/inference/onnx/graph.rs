//! A graph of ONNX operations, put together one after the other.

use super::proto::{
    AttributeProto, DimensionProto, FLOAT, FLOAT_ATTRIBUTE, GraphProto, INT_ATTRIBUTE, INT64, INTS_ATTRIBUTE,
    NodeProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
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
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|input| (*input).to_owned()).collect(),
            output: vec![output.clone()],
            name: Some(output.clone()),
            op_type: Some(kind.to_owned()),
            attribute: attributes.iter().map(|attribute| attribute.written()).collect(),
        });
        output
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
        let name = format!("numbers_{}", self.initializers.len());
        self.initializers.push(TensorProto {
            dims: vec![values.len() as i64],
            data_type: Some(INT64),
            name: Some(name.clone()),
            raw_data: Some(values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        });
        name
    }

    /// A single number that an operation takes as an input.
    pub(super) fn number(&mut self, value: f32) -> Value {
        let name = format!("number_{}", self.initializers.len());
        self.initializers.push(TensorProto {
            dims: Vec::new(),
            data_type: Some(FLOAT),
            name: Some(name.clone()),
            raw_data: Some(value.to_le_bytes().to_vec()),
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

    /// The graph from an input of this shape to these results of so many numbers a picture.
    pub(super) fn finish(self, name: &str, input: &[usize; 3], outputs: &[(&str, usize, &str)]) -> GraphProto {
        let [channels, height, width] = *input;
        let output = |(name, count, what): &(&str, usize, &str)| value(name, &[*count], what);
        GraphProto {
            node: self.nodes,
            name: Some(name.to_owned()),
            initializer: self.initializers,
            input: vec![value("input", &[channels, height, width], "pictures, prepared as the metadata says")],
            output: outputs.iter().map(output).collect(),
        }
    }
}

/// A value of numbers for any number of pictures.
fn value(name: &str, sides: &[usize], what: &str) -> ValueInfoProto {
    let pictures = DimensionProto { dim_value: None, dim_param: Some("pictures".to_owned()) };
    let sides = sides.iter().map(|side| DimensionProto { dim_value: Some(*side as i64), dim_param: None });
    let shape = TensorShapeProto { dim: std::iter::once(pictures).chain(sides).collect() };
    let tensor_type = TensorTypeProto { elem_type: Some(FLOAT), shape: Some(shape) };
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto { tensor_type: Some(tensor_type) }),
        doc_string: Some(what.to_owned()),
    }
}
