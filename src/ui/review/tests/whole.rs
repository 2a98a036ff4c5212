//! The screen as a whole: any view it may get, and how it looks.

use super::*;

#[test]
fn any_view_is_survived() {
    survived(|driver| driver.key_press(Key::G));
    survived(|driver| driver.key_press(Key::L));
}

fn survived(begin: impl FnOnce(&Driver)) {
    let bench = Bench::project();
    let mut driver = open(&bench);
    with_boxes(&bench);
    begin(&driver);
    driver.run();
    let strange: [fn(&mut ProjectView); 7] = [
        |p| p.classes = Arc::default(),
        |p| p.queue = Arc::new(vec![99_999, 3, 3, 70]),
        |p| {
            Arc::make_mut(&mut p.rows).iter_mut().for_each(|r| {
                r.predicted = Some((77, f32::NAN));
                r.label = Some(99);
            });
        },
        |p| {
            if let Some(detail) = p.detail.as_mut().map(Arc::make_mut) {
                detail.annotation.label = Some(1234);
                for b in &mut detail.annotation.boxes {
                    b.class = 55;
                    b.rect = Rect { xmin: 9.0, ymin: f64::NAN, xmax: -4.0, ymax: 1e300 };
                }
                if let Some(prediction) = detail.prediction.as_mut() {
                    prediction.probabilities = vec![f32::NAN; 40];
                }
            }
        },
        |p| p.active = None,
        |p| p.rows = Arc::default(),
        |p| p.queue = Arc::default(),
    ];
    for change in strange {
        bench.edit_project(change);
        driver.run();
        for key in [
            Key::ArrowRight,
            Key::ArrowDown,
            Key::PageDown,
            Key::ArrowLeft,
            Key::Num9,
            Key::Enter,
            Key::Delete,
            Key::U,
            Key::S,
            Key::R,
        ] {
            driver.key_press(key);
        }
        driver.run();
    }
    bench.edit(|view| view.project = None);
    driver.run();
}

/// Renders the screen in several states into the folder named by `OVERREAD_SHOTS`, to be looked at.
#[test]
fn pictures_of_the_screen() {
    let Some(dir) = std::env::var_os("OVERREAD_SHOTS").map(std::path::PathBuf::from) else {
        println!("skipped: OVERREAD_SHOTS names no folder for the pictures");
        return;
    };
    std::fs::create_dir_all(&dir).unwrap();
    let save = |driver: &mut Driver, name: &str| {
        driver.remove_cursor();
        driver.run();
        driver.render().unwrap().save(dir.join(name)).unwrap();
    };
    for (name, theme) in [("dark", Theme::dark()), ("light", Theme::light())] {
        let bench = Bench::project();
        let mut driver = open_in(&bench, theme.clone(), vec2(1280.0, 732.0));
        save(&mut driver, &format!("review-{name}.png"));
        bench.send(Command::Project(ProjectCommand::SetSort(Sort::Uncertainty)));
        driver.key_press(Key::G);
        driver.run();
        driver.key_press(Key::Num2);
        driver.run();
        driver.key_press(Key::ArrowLeft);
        driver.run();
        with_boxes(&bench);
        driver.run();
        driver.get_by_label("Box 1, Fractured").click();
        driver.run();
        driver.key_press(Key::B);
        driver.run();
        save(&mut driver, &format!("review-{name}-boxes.png"));
    }
    let bench = Bench::project();
    bench.edit_project(|p| {
        p.read_only = Some("B has it open on host ward-3".into());
        p.active = None;
    });
    let mut driver = open_in(&bench, Theme::dark(), vec2(900.0, 600.0));
    save(&mut driver, "review-small-readonly.png");
}
