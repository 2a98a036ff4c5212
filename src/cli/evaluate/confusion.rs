//! Which classes are taken for which, as a table of counts.

use crate::cli::output::Output;
use crate::domain::ClassificationReport;
use anyhow::Result;

/// Prints the confusion matrix: a row a true class, a column a predicted one, numbered in the order of the class list.
pub(super) fn print(report: &ClassificationReport, out: Output) -> Result<()> {
    let names: Vec<&str> = report.per_class.keys().map(String::as_str).collect();
    lines(&report.confusion_matrix, &names).into_iter().try_for_each(|line| out.text(line))
}

fn lines(matrix: &[Vec<usize>], names: &[&str]) -> Vec<String> {
    let widest = matrix.iter().flatten().max().map_or(1, |count| count.to_string().len());
    let (width, names_width) =
        (widest.max(names.len().to_string().len()), names.iter().map(|name| name.chars().count()).max().unwrap_or(0));
    let number = names.len().to_string().len();
    let columns: String = (1..=names.len()).map(|at| format!("  {at:>width$}")).collect();
    let head = format!("  {:number$} {:names_width$}{columns}", "", "");
    let row = |(at, (counts, name)): (usize, (&Vec<usize>, &&str))| {
        let cells: String = counts.iter().map(|count| format!("  {count:>width$}")).collect();
        format!("  {:>number$} {name:names_width$}{cells}", at + 1)
    };
    let rows = matrix.iter().zip(names).enumerate().map(row);
    ["confusion matrix, a row a true class, a column what the model says:".to_owned(), head]
        .into_iter()
        .chain(rows)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_what_is_true_and_all_columns_stand_below_each_other() {
        let said = lines(&[vec![120, 3], vec![0, 7]], &["intact", "müde"]);
        assert_eq!(
            said[1..],
            ["              1    2", "  1 intact  120    3", "  2 müde      0    7"].map(str::to_owned)
        );
    }
}
