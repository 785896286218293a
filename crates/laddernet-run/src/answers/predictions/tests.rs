//! Tests of `predictions`.

use super::*;

#[test]
fn names_are_no_formulas_and_no_separators() {
    let names = ["=1+1", "a,b", "say \"x\"", "-3", "@SUM(A1)"].map(str::to_owned).to_vec();
    let p = Predictions { classes: vec![0, 1, 4], class_names: names, probabilities: vec![0.25; 15] };
    let mut out = Vec::new();
    p.write_csv(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "row,class,p_=1+1,\"p_a,b\",\"p_say \"\"x\"\"\",p_-3,p_@SUM(A1)");
    assert_eq!(lines[1], "0,'=1+1,0.25,0.25,0.25,0.25,0.25");
    assert!(lines[2].starts_with("1,\"a,b\",0.25"));
    assert!(lines[3].starts_with("2,'@SUM(A1),0.25"));
}
