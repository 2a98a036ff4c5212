//! The readers, each with files to begin from.

use overread::imaging::dicom::{Deidentification, Dicom, deidentify};
use overread::imaging::{self, write::write_png_gray};
use overread::interchange::{self, Format, Options};
use overread::nn::Compute;
use overread::store::{Access, Store};
use overread::training::recipe;
use std::path::{Path, PathBuf};

/// Larger files are no seeds.
const LARGEST_SEED: u64 = 48 << 10;
/// At most so many files of one folder.
const MOST_SEEDS: usize = 60;

/// A reader.
pub struct Target {
    pub name: &'static str,
    pub seeds: Vec<Vec<u8>>,
    pub run: fn(&Scratch, &[u8]),
}

/// A folder with three small pictures, to which the seeds' annotations refer.
pub struct Scratch {
    dir: tempfile::TempDir,
}

impl Scratch {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (number, name) in ["a.png", "sub/b.png", "c d.png"].into_iter().enumerate() {
            let path = dir.path().join("set").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            write_png_gray(&path, 30, 20, &[number as u8 * 50; 600]).unwrap();
        }
        Self { dir }
    }

    /// Reads the folder with this file in it as a format, and tells its format.
    fn read(&self, name: &str, bytes: &[u8], format: Format) {
        let file = self.dir.path().join("set").join(name);
        std::fs::write(&file, bytes).unwrap();
        let folder = self.dir.path().join("set");
        let listed = interchange::Source::of(&folder, &Options::default());
        let _ = listed.map(|source| interchange::format_of(&source, &Options::default()));
        if let Ok(reading) = interchange::read(&folder, format, &Options::default(), &|_, _| true) {
            for image in &reading.images.to_vec().expect("the images") {
                let [w, h] = [f64::from(image.width), f64::from(image.height)];
                for one in image.said.iter().flat_map(|said| &said.boxes) {
                    let r = one.rect;
                    assert!(0.0 <= r.xmin && r.xmin < r.xmax && r.xmax <= w, "{r:?} in {w} x {h}");
                    assert!(0.0 <= r.ymin && r.ymin < r.ymax && r.ymax <= h, "{r:?} in {w} x {h}");
                }
                for one in &image.measured {
                    let inside = |[x, y]: &[f64; 2]| (-0.01..=w + 0.01).contains(x) && (-0.01..=h + 0.01).contains(y);
                    assert!(one.measurement.is_whole() && one.measurement.points.iter().all(inside), "{one:?}");
                }
            }
        }
        std::fs::remove_file(&file).unwrap();
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// Small files of a folder of the shared data with one of these extensions; none, with the reason printed, where it is
/// absent.
fn shared(below: &str, extensions: &[&str]) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places = ["../shared/data", "../../shared/data"].map(|up| root.join(up).join(below));
    let Some(folder) = places.into_iter().find(|path| path.exists()) else {
        assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "../shared/data/{below} is not there");
        println!("without seeds of ../shared/data/{below}, which is not there");
        return Vec::new();
    };
    files(&folder, extensions)
}

fn files(folder: &Path, extensions: &[&str]) -> Vec<Vec<u8>> {
    let fits = |path: &Path| path.extension().is_some_and(|e| extensions.iter().any(|x| e.eq_ignore_ascii_case(x)));
    let small = |path: &Path| std::fs::metadata(path).is_ok_and(|m| m.len() <= LARGEST_SEED);
    let found = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let wanted = found.map(|entry| entry.into_path()).filter(|path| path.is_file() && fits(path) && small(path));
    wanted.take(MOST_SEEDS).filter_map(|path| std::fs::read(path).ok()).collect()
}

fn texts(own: &[&str], below: &[&str], extensions: &[&str]) -> Vec<Vec<u8>> {
    let own = own.iter().map(|text| text.as_bytes().to_vec());
    own.chain(below.iter().flat_map(|folder| shared(folder, extensions))).collect()
}

const COCO: &str = r#"{"images":[{"id":1,"file_name":"a.png","width":30,"height":20,"overread":{"group":"P1","said":[{"reader":"x","time":"2024-01-31T08:15:30Z","label":"M","nothing_found":false}]}},
{"id":2,"file_name":"sub/b.png","width":30,"height":20},{"id":"3","file_name":"c d.png"}],
"categories":[{"id":1,"name":"M"},{"id":2,"name":"N"}],
"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1.5,2,10,5],"iscrowd":0,"segmentation":[[1,2,11,2,11,7]]},
{"id":2,"image_id":2,"category_id":2,"segmentation":{"size":[20,30],"counts":[5,100,20,475]},"iscrowd":1},
{"id":3,"image_id":3,"category_id":2,"segmentation":{"size":[20,30],"counts":"PQ2b0"},"iscrowd":0}]}"#;
const LABEL_STUDIO: &str = r#"[{"id":1,"data":{"image":"/data/local-files/?d=a.png","split":"train"},"file_upload":"029ffca9-a.png","annotations":[{"id":7,"completed_by":{"email":"a@b.c"},"was_cancelled":false,"created_at":"2024-01-31T08:15:30Z",
"result":[{"type":"choices","from_name":"label","to_name":"image","value":{"choices":["M"]}},
{"type":"rectanglelabels","from_name":"box","to_name":"image","original_width":30,"original_height":20,"image_rotation":0,"value":{"x":10,"y":20.5,"width":30,"height":40,"rotation":30,"rectanglelabels":["N"]}},
{"type":"polygonlabels","original_width":30,"original_height":20,"value":{"points":[[1,2],[50,60],[70,10]],"polygonlabels":["N"]}},
{"type":"ellipselabels","original_width":30,"original_height":20,"value":{"x":50,"y":50,"radiusX":10,"radiusY":20,"rotation":10,"ellipselabels":["N"]}}]}]},
{"image":"sub/b.png","id":2,"annotator":1,"annotation_id":3,"label":"M","box":[{"x":1,"y":2,"width":3,"height":4,"rotation":0,"rectanglelabels":["N"],"original_width":30,"original_height":20}]}]"#;
const VOC: &str = "<annotation><folder>x</folder><filename>a.png</filename><size><width>30</width><height>20</height><depth>3</depth></size>\
<object><name>M</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>10.5</xmax><ymax>20</ymax></bndbox></object>\
<object><name>N</name><polygon><x1>1</x1><y1>2</y1><x2>5</x2><y2>9</y2><x3>9</x3><y3>1</y3></polygon></object>\
<overread><base>0</base><split>test</split><group>P&amp;1</group><said reader=\"a\" time=\"2024-01-31T08:15:30Z\" label=\"M\" nothing_found=\"false\"/></overread></annotation>";
const CVAT: &str = "<?xml version=\"1.0\"?><annotations><image id=\"0\" name=\"a.png\" width=\"30\" height=\"20\"><box label=\"M\" xtl=\"1\" ytl=\"2\" xbr=\"9\" ybr=\"10.5\" occluded=\"0\"/>\
<polygon label=\"N\" points=\"1.5,2;5,6;9,1\"/></image></annotations>";
const YOLO: &str = "0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.9 0.1 0.5 0.9\n2 0.3 0.4 0.2 0.1 0.9\n";
const CSV: &str = "path,sha256,split,group,label,reader,time,xmin,ymin,xmax,ymax,image_width,image_height\n\
a.png,00,train,P1,M,a,2024-01-31T08:15:30Z,1,2,10.5,15,30,20\nsub/b.png,00,test,P2,\"N, n\",b,,,,,,30,20\n";
const NIH: &str =
    "Image Index,Finding Label,\"Bbox [x,y,w,h]\",,,\na.png,Mass,1.5,2,3,4,,,\nsub/b.png;Nodule;\"[1, 2, 3, 4]\"\n";

const MEASUREMENTS: &str = "path,kind,points,value,unit,reader,time,image_width,image_height\n\
a.png,length,1.5 2; 20 18,26.7,px,a,2024-01-31T08:15:30Z,30,20\nsub/b.png,angle between lines,1 2; 3 4; 5 6; 9.5 1,,,,,,\n";
const FRACATLAS: &str = "image_id,hand,fractured,fracture_count\na.png,1,1,1\nb.png,0,0,0\n";

const LABELME: &str = r#"{"version":"5.4.1","flags":{"normal":true,"b":false},"shapes":[{"label":"M","points":[[14,8],[6,3.5]],"group_id":null,"shape_type":"rectangle","flags":{}},
{"label":"N","points":[[1,2],[9,3],[4,8]],"group_id":1,"shape_type":"polygon"},{"label":"N","points":[[10,10],[13,14]],"group_id":1,"shape_type":"circle","difficult":true,"attributes":{"a":"b"}},
{"label":"t","points":[[5,5]],"shape_type":"point"},{"label":"M","points":[[3,4],[7,9]],"shape_type":"mask"},{"label":"R","points":[[10,0],[20,10],[10,19],[0,10]],"shape_type":"rotation","direction":0.5}],
"imagePath":"a.png","imageData":null,"imageHeight":20,"imageWidth":30}"#;
const VIA: &str = r#"{"_via_settings":{},"_via_attributes":{"region":{"class":{"type":"dropdown","options":{"M":"","N":""}},"side":{"type":"radio","options":{"l":""}}},"file":{"view":{"type":"radio","options":{"AP":""}}}},
"_via_img_metadata":{"a.png9":{"filename":"a.png","size":9,"regions":[{"shape_attributes":{"name":"rect","x":1,"y":2,"width":10,"height":5},"region_attributes":{"class":"M","side":"l"}},
{"shape_attributes":{"name":"ellipse","cx":10,"cy":9,"rx":5,"ry":3,"theta":0.5},"region_attributes":{"class":"N"}},{"shape_attributes":{"name":"polygon","all_points_x":[1,9,4],"all_points_y":[2,3,8]},"region_attributes":{"class":{"N":true}}}],"file_attributes":{"view":"AP"}},
"b.png9":{"filename":"b.png","size":9,"regions":{"0":{"shape_attributes":{"name":"circle","cx":9,"cy":9,"r":4},"region_attributes":{"class":"M"}}},"file_attributes":{}}}}"#;
const VIA_3: &str = r#"{"project":{"data_format_version":"3.1.1","vid_list":["1"]},"attribute":{"1":{"aname":"class","anchor_id":"FILE1_Z0_XY1","type":4,"options":{"0":"M","1":"N"}}},"file":{"1":{"fid":1,"fname":"a.png","type":2}},
"view":{"1":{"fid_list":[1]}},"metadata":{"x":{"vid":"1","z":[],"xy":[2,1,2,10,5],"av":{"1":"0"}},"y":{"vid":"1","z":[],"xy":[9,0,5,5,0,10,5],"av":{"1":"1"}},"z":{"vid":"1","z":[],"xy":[7,1,2,9,3,4,8],"av":{"1":"1"}}}}"#;
const VIA_CSV: &str = r#"filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes
a.png,9,"{}",1,0,"{""name"":""rect"",""x"":1,""y"":2,""width"":10,""height"":5}","{""class"":""M""}"
b.png,9,"{}",0,0,"{}","{}"
"#;
const CREATE_ML: &str = r#"[{"image":"a.png","annotations":[{"label":"M","coordinates":{"x":10,"y":9.5,"width":8,"height":6}}]},{"imagefilename":"b.png","annotation":[]},
{"image":"c d.png","annotations":[{"label":"N","coordinates":{"x":0.5,"y":0.5,"width":0.25,"height":0.5}},"M"]}]"#;
const DATUMARO: &str = r#"{"dm_format_version":"1.0","categories":{"label":{"labels":[{"name":"M","parent":"","attributes":[]},{"name":"N","parent":""}]}},"items":[{"id":"a","annotations":[{"id":0,"type":"bbox","attributes":{"occluded":false,"rotation":30.0},"group":0,"label_id":0,"bbox":[1.0,2.0,10.0,5.0]},
{"type":"label","label_id":1},{"type":"polygon","label_id":1,"points":[1.0,2.0,9.0,3.0,4.0,8.0]},{"type":"mask","label_id":0,"rle":{"size":[20,30],"counts":"PQ2b0"}},{"type":"points","label_id":0,"points":[1,2]}],"image":{"path":"a.png","size":[20,30]}},{"id":"b","annotations":[],"media":{"path":"b.png"}}]}"#;
const SUPERVISELY: &str = r#"{"description":"","tags":[{"name":"val","value":null},{"name":"normal","value":null}],"size":{"height":20,"width":30},"objects":[{"classTitle":"M","geometryType":"rectangle","points":{"exterior":[[14,8],[6,3]],"interior":[]},"tags":[]},
{"classTitle":"N","geometryType":"polygon","points":{"exterior":[[1,2],[9,3],[4,8]],"interior":[]}},{"classTitle":"N","geometryType":"oriented_bbox","points":[[4,4],[8,6]],"angle":0.3},
{"classTitle":"B","geometryType":"bitmap","bitmap":{"data":"eJzrDPBz5+WS4mJgYOD19HAJAtLMIMwIInOeqf8BUmwBPiGuQPr///9Lb86/C2QxlgT5BTM4PLuRBuTwebo4hlTMSa44sKHhISMDuxpTYrr03F6gDIOnq5/LOqeEJgDM5ht6","origin":[20,10]}}]}"#;
const MONAI_LABEL: &str = r#"{"name":"x","images_dir":".","labels_dir":"labels","objects":{"a":{"image":{"ext":".png","info":{"ts":1}},"labels":{"final":{"ext":".png","info":{}}}},"c d":{"image":{"ext":".png"},"labels":{}}}}"#;
const ROBOFLOW: &str =
    "filename,width,height,class,xmin,ymin,xmax,ymax\na.png,30,20,M,1,2,10,15\nb.png,60,40,N,2,4,20.5,30\n";
const ROBOFLOW_CLASSES: &str = "filename, M, N\na.png,1,0\nb.png,0,1\nc d.png,1,1\n";

/// All readers.
pub fn all() -> Vec<Target> {
    let mut all = annotations();
    all.extend([
        Target { name: "picture", seeds: pictures(), run: picture },
        Target { name: "dicom", seeds: dicoms(), run: dicom },
        Target { name: "pth", seeds: weights("pth"), run: |s, b| weight_file(s, "x.pth", b) },
        Target { name: "safetensors", seeds: vec![safetensors()], run: |s, b| weight_file(s, "x.safetensors", b) },
        Target { name: "recipe", seeds: recipes(), run: recipe_text },
        Target { name: "zip", seeds: archives(), run: archive },
        Target { name: "project", seeds: vec![project()], run: open_project },
    ]);
    all
}

fn annotations() -> Vec<Target> {
    vec![
        Target {
            name: "coco",
            seeds: texts(&[COCO, COCO, COCO], &["label-studio/converter-fixtures", "chest-mass"], &["json"]),
            run: |s, b| s.read("x.json", b, Format::COCO),
        },
        Target {
            name: "label-studio",
            seeds: texts(&[LABEL_STUDIO, LABEL_STUDIO, LABEL_STUDIO], &["label-studio"], &["json"]),
            run: |s, b| s.read("x.json", b, Format::LABEL_STUDIO),
        },
        Target {
            name: "label-studio-csv",
            seeds: texts(&["id,image,label,annotator,annotation_id\n1,a.png,M,7,3\n"], &["label-studio"], &["csv"]),
            run: |s, b| s.read("x.csv", b, Format::LABEL_STUDIO),
        },
        Target {
            name: "voc",
            seeds: texts(&[VOC, VOC], &["fracture-boxes/voc"], &["xml"]),
            run: |s, b| s.read("a.xml", b, Format::VOC),
        },
        Target {
            name: "cvat",
            seeds: texts(&[CVAT, CVAT], &["chest-mass"], &["xml"]),
            run: |s, b| s.read("a.xml", b, Format::CVAT),
        },
        Target {
            name: "yolo",
            seeds: texts(&[YOLO], &["fracture-boxes/labels", "label-studio/converter-fixtures"], &["txt"]),
            run: |s, b| s.read("a.txt", b, Format::YOLO),
        },
        Target {
            name: "yolo-names",
            seeds: texts(&["names:\n  0: 'M'\n  1: \"N\"\nnc: 2\n", "names: ['a', b]\n", "a\nb\n"], &[], &[]),
            run: |s, b| {
                std::fs::write(s.dir.path().join("set/a.txt"), YOLO).unwrap();
                s.read("data.yaml", b, Format::YOLO);
            },
        },
        Target {
            name: "csv",
            seeds: texts(&[CSV, CSV, NIH, MEASUREMENTS, FRACATLAS], &["chest-mass", "fracture"], &["csv"]),
            run: |s, b| s.read("x.csv", b, Format::CSV),
        },
        Target {
            name: "labelme",
            seeds: texts(&[LABELME], &[], &[]),
            run: |s, b| s.read("a.json", b, Format::LABELME),
        },
        Target {
            name: "xanylabeling",
            seeds: texts(&[LABELME], &[], &[]),
            run: |s, b| s.read("a.json", b, Format::X_ANYLABELING),
        },
        Target { name: "via", seeds: texts(&[VIA, VIA_3], &[], &[]), run: |s, b| s.read("x.json", b, Format::VIA) },
        Target { name: "via-csv", seeds: texts(&[VIA_CSV], &[], &[]), run: |s, b| s.read("x.csv", b, Format::VIA) },
        Target {
            name: "createml",
            seeds: texts(&[CREATE_ML], &[], &[]),
            run: |s, b| s.read("x.json", b, Format::CREATE_ML),
        },
        Target {
            name: "datumaro",
            seeds: texts(&[DATUMARO], &[], &[]),
            run: |s, b| s.read("train.json", b, Format::DATUMARO),
        },
        Target {
            name: "supervisely",
            seeds: texts(&[SUPERVISELY], &[], &[]),
            run: |s, b| s.read("a.png.json", b, Format::SUPERVISELY),
        },
        Target {
            name: "monai-label",
            seeds: texts(&[MONAI_LABEL], &[], &[]),
            run: |s, b| s.read("datastore_v2.json", b, Format::MONAI_LABEL),
        },
        Target {
            name: "roboflow",
            seeds: texts(&[ROBOFLOW, ROBOFLOW_CLASSES], &[], &[]),
            run: |s, b| s.read("_annotations.csv", b, Format::ROBOFLOW),
        },
    ]
}

fn pictures() -> Vec<Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    write_png_gray(&dir.path().join("a.png"), 30, 20, &[7; 600]).unwrap();
    let mut seeds = files(dir.path(), &["png"]);
    let kinds = ["png", "jpg", "jpeg", "tiff", "bmp", "webp"];
    for folder in ["corrupt", "fracture-boxes/images", "knee/test/0"] {
        seeds.extend(shared(folder, &kinds).into_iter().take(25));
    }
    seeds
}

fn picture(_: &Scratch, bytes: &[u8]) {
    if let Ok(image) = imaging::from_bytes(bytes, 0) {
        let _ = (image.range(), image.visible_share(), image.too_little());
        // Larger ones take their time and show nothing more.
        if u64::from(image.width) * u64::from(image.height) < 1 << 20 {
            assert_eq!(image.planes(1).len() as u64, u64::from(image.width) * u64::from(image.height));
        }
    }
}

fn dicoms() -> Vec<Vec<u8>> {
    let mut seeds = vec![b"DICM".to_vec()];
    for folder in ["dicom/xray", "dicom/broken"] {
        seeds.extend(shared(folder, &["dcm"]));
    }
    seeds
}

fn dicom(_: &Scratch, bytes: &[u8]) {
    let Ok(file) = Dicom::parse(bytes) else { return };
    let _ = (file.metadata(0), file.attributes(), file.patient(&[1; 32]));
    for frame in [0, 1, usize::MAX] {
        let (_, _) = (file.stored(frame), file.picture(frame));
    }
    for shift_days in [None, Some(-1000)] {
        if let Ok((out, _)) = deidentify(bytes, &Deidentification { key: [1; 32], shift_days }) {
            Dicom::parse(&out).expect("what was de-identified can be read");
        }
    }
}

/// A packed and a stored picture, a table and a folder, with and without sizes in the local headers.
fn archives() -> Vec<Vec<u8>> {
    use zip::{CompressionMethod, write::SimpleFileOptions};
    let noise: Vec<u8> = (0..600u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let files: [(&str, &[u8]); 4] =
        [("set/a.png", &noise), ("set/é/b.PNG", b"two"), ("set/labels.csv", CSV.as_bytes()), ("IM0001", &[0; 5000])];
    let write = |zip: &mut dyn FnMut(&str, &[u8], CompressionMethod)| {
        for (at, (name, content)) in files.into_iter().enumerate() {
            zip(name, content, if at == 1 { CompressionMethod::Stored } else { CompressionMethod::Deflated });
        }
    };
    let options = |method| SimpleFileOptions::default().compression_method(method);
    let mut seekable = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    seekable.add_directory("set/empty", SimpleFileOptions::default()).unwrap();
    write(&mut |name, content, method| {
        seekable.start_file(name, options(method)).unwrap();
        std::io::Write::write_all(&mut seekable, content).unwrap();
    });
    let mut streamed = zip::ZipWriter::new_stream(Vec::new());
    write(&mut |name, content, method| {
        streamed.start_file(name, options(method)).unwrap();
        std::io::Write::write_all(&mut streamed, content).unwrap();
    });
    vec![seekable.finish().unwrap().into_inner(), streamed.finish().unwrap().into_inner()]
}

/// Whatever an archive says, nothing is written but below the folder, and no more than the limits.
fn archive(scratch: &Scratch, bytes: &[u8]) {
    use overread::interchange::archive::{Limits, unpack};
    let (file, around) = (scratch.file("x.zip", bytes), scratch.dir.path().join("unpacked"));
    let to = around.join("deep/to");
    std::fs::create_dir_all(&to).unwrap();
    let limits = Limits { bytes: 1 << 20, ..Limits::default() };
    let _ = unpack(&file, &to, limits, &|_, _| true);
    let mut written = 0;
    for entry in walkdir::WalkDir::new(&around).into_iter().map(Result::unwrap) {
        assert!(to.starts_with(entry.path()) || entry.path().starts_with(&to), "{:?}", entry.path());
        assert!(!entry.file_type().is_symlink(), "{:?}", entry.path());
        written += entry.metadata().map_or(0, |m| if m.is_file() { m.len() } else { 0 });
    }
    assert!(written <= limits.bytes, "{written} bytes");
    std::fs::remove_dir_all(&around).unwrap();
}

fn weights(extension: &str) -> Vec<Vec<u8>> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/expected/weight_files"), &[extension])
}

/// Two tensors and a word of metadata, as the format has them: length of the header, header, values.
fn safetensors() -> Vec<u8> {
    let header = r#"{"__metadata__":{"overread":"{}"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"I64","shape":[],"data_offsets":[16,24]}}"#;
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 24]].concat()
}

fn weight_file(scratch: &Scratch, name: &str, bytes: &[u8]) {
    let path = scratch.file(name, bytes);
    let compute = Compute::parse("cpu").unwrap();
    let _ = overread::nn::weights::read(&path, compute.device());
    let _ = overread::nn::weights::count_parameters(&path);
    let _ = overread::inference::Classifier::open(&path, &compute);
}

fn recipes() -> Vec<Vec<u8>> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/recipes"), &["toml"])
}

fn recipe_text(_: &Scratch, bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(recipe) = recipe::parse(text) {
        let _ = (recipe::check(&recipe), recipe::describe(&recipe), recipe::list(&recipe), recipe::to_toml(&recipe));
    }
}

/// The database of a small project.
fn project() -> Vec<u8> {
    use overread::domain::{ClassList, ImageFacts, Split};
    use overread::store::{Meta, NewImage};
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.overread");
    let classes = ClassList::from_names(&["M", "N"], false).unwrap();
    let mut store = Store::create(&path, &Meta::new("x", classes)).unwrap();
    let image = NewImage {
        path: dir.path().join("a.png"),
        frame: 0,
        name: "a.png".into(),
        sha256: "00".repeat(32),
        width: 30,
        height: 20,
        group: Some("P".into()),
        split: Split::Test,
        source: "s".into(),
        truncated: false,
        facts: ImageFacts::default(),
    };
    let ids = store.add_images(&[image]).unwrap();
    let note = overread::domain::Change::Note { old: String::new(), new: "n".into() };
    store.append("r", ids[0], note, None, None, None).unwrap();
    drop(store);
    std::fs::read(path.join("project.db")).unwrap()
}

fn open_project(scratch: &Scratch, bytes: &[u8]) {
    let folder = scratch.dir.path().join("x.overread");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("project.db"), bytes).unwrap();
    for access in [Access::ReadOnly, Access::Write] {
        if let Ok(store) = Store::open(&folder, access) {
            let _ = (store.meta(), store.images(), store.facts(), store.annotations(), store.replay());
            let _ = (store.verify_chain(), store.models(), store.runs());
        }
    }
}
