//! Tests of `canvas`.

use super::*;

#[test]
fn shapes_that_are_no_pictures_say_what_to_do() {
    assert_eq!(picture_shape(&[8, 8], None).unwrap(), (8, 8));
    assert_eq!(picture_shape(&[64], Some((4, 16))).unwrap(), (4, 16));
    assert!(picture_shape(&[64], None).err().unwrap().to_string().contains("no pictures"));
    assert!(picture_shape(&[64], Some((8, 9))).is_err());
}

#[test]
fn a_canvas_is_never_left() {
    let mut canvas = Canvas::new(10, 10);
    canvas.text("0.123456789", 4, 6);
    canvas.picture(&[f32::NAN, 2.0, -1.0, 0.5], 2, 7, 0, 0);
    assert_eq!(canvas.pixels.len(), 100);
}
