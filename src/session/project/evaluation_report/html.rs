//! Writing a page: every text that comes in is escaped, tags are closed where they are opened, so that it is XML too.

use super::items::Items;
use crate::session::drawing::Drawing;
use crate::session::drawing::text::escape;

/// How the page looks: dark on light, narrow enough to read, whole blocks on printed pages.
const STYLE: &str = "\
@page { margin: 16mm 14mm; }
* { box-sizing: border-box; }
html { background: #fff; color: #1b1b1b; color-scheme: light; }
body { font: 15px/1.5 system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; max-width: 54rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .3rem; padding-top: .6rem; border-top: 2px solid #ccc; overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin: 1.4rem 0 .3rem; overflow-wrap: anywhere; }
h1, h2, h3 { break-after: avoid; }
p, ul { margin: .5rem 0; }
.items { color: #555; font-size: .8rem; margin: 0 0 .6rem; break-after: avoid; }
.warning { border-left: 4px solid #b34700; background: #fff4ea; padding: .5rem .8rem; break-inside: avoid; }
.blank { border: 1px dashed #7a5c00; background: #fffbe6; padding: .4rem .7rem; break-inside: avoid; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0 1rem; font-size: .87rem; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #ddd; overflow-wrap: anywhere; }
th { border-bottom: 2px solid #999; }
th.n, td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th.v, td.v { overflow-wrap: break-word; min-width: 4.8rem; }
td:first-child { min-width: 8.5rem; }
td.part { font-weight: 600; padding-top: .6rem; }
.wide { font-size: .8rem; }
.wide th, .wide td { overflow-wrap: break-word; }
.wide th.n { white-space: normal; }
.plots { display: flex; flex-wrap: wrap; gap: .8rem; margin: .6rem 0; }
figure { margin: 0; break-inside: avoid; max-width: 100%; }
figcaption { font-size: .82rem; color: #444; max-width: 25rem; }
details.fold { margin: .35rem 0 0; }
.folded { border-left: 3px solid #d5dde5; padding-left: .9rem; margin-bottom: 1rem; }
.folded > h3:first-child { margin-top: .6rem; }
.folded > h3 + p { break-after: avoid; }
summary { cursor: pointer; color: #0b5a8a; font-size: .9rem; }
@media screen { details.fold:not([open]) + .folded { display: none; } }
svg { max-width: 100%; height: auto; }
svg text { font-family: inherit; }
footer { margin-top: 2rem; border-top: 1px solid #ccc; color: #555; font-size: .8rem; }
@media print { body { font-size: 10.5pt; max-width: none; padding: 0; } .pairs figure { width: 48%; } .threes figure { width: 31%; } details.fold { display: none; } .folded { border: 0; padding: 0; } }
";

/// Of more findings than this what is said of each is folded.
pub(super) const MANY: usize = 4;

/// A page in the making.
#[derive(Default)]
pub(super) struct Html {
    body: String,
}

impl Html {
    /// The name at the top.
    pub fn title(&mut self, text: &str) {
        self.line("h1", "", text);
    }

    /// The head of a block, with its mark for links and the items that it serves.
    pub fn heading(&mut self, id: &str, text: &str, items: Option<Items>) {
        self.body.push_str(&format!("<h2 id=\"{}\">{}</h2>\n", escape(id), escape(text)));
        if let Some(items) = items {
            self.items(items);
        }
    }

    /// The head of a part of a block.
    pub fn subheading(&mut self, text: &str) {
        self.line("h3", "", text);
    }

    /// Which items are served.
    pub fn items(&mut self, items: Items) {
        self.line("p", "items", &items.in_words());
    }

    pub fn paragraph(&mut self, text: &str) {
        self.line("p", "", text);
    }

    /// What a reader must not miss.
    pub fn warning(&mut self, text: &str) {
        self.line("p", "warning", text);
    }

    /// What a person has to fill.
    pub fn blank(&mut self, text: &str) {
        self.line("p", "blank", text);
    }

    pub fn list(&mut self, lines: &[String]) {
        self.body.push_str("<ul>\n");
        lines.iter().for_each(|line| self.line("li", "", line));
        self.body.push_str("</ul>\n");
    }

    /// A table; `kinds` has a letter a column: `l` for text, `r` for numbers, `v` for values that may be broken between words
    /// only. A row of one cell is the name of the part
    /// below it.
    pub fn table(&mut self, kinds: &str, head: &[&str], rows: &[Vec<String>]) {
        self.table_of("<table>\n", kinds, head, rows);
    }

    /// The same with room for many columns.
    pub fn wide_table(&mut self, kinds: &str, head: &[&str], rows: &[Vec<String>]) {
        self.table_of("<table class=\"wide\">\n", kinds, head, rows);
    }

    fn table_of(&mut self, tag: &str, kinds: &str, head: &[&str], rows: &[Vec<String>]) {
        let class = |at: usize| match kinds.as_bytes().get(at) {
            Some(b'r') => " class=\"n\"",
            Some(b'v') => " class=\"v\"",
            Some(_) | None => "",
        };
        self.body.push_str(tag);
        if !head.is_empty() {
            let cells = head.iter().enumerate().map(|(at, text)| format!("<th{}>{}</th>", class(at), escape(text)));
            self.body.push_str(&format!("<thead><tr>{}</tr></thead>\n", cells.collect::<String>()));
        }
        self.body.push_str("<tbody>\n");
        for row in rows {
            let cells: String = match row.as_slice() {
                [part] => format!("<td class=\"part\" colspan=\"{}\">{}</td>", kinds.len(), escape(part)),
                cells => {
                    let cell = |(at, text): (usize, &String)| format!("<td{}>{}</td>", class(at), escape(text));
                    cells.iter().enumerate().map(cell).collect()
                }
            };
            self.body.push_str(&format!("<tr>{cells}</tr>\n"));
        }
        self.body.push_str("</tbody>\n</table>\n");
    }

    /// Drawings side by side, each with a sentence below it. They must be well formed as they are.
    pub fn drawings(&mut self, drawings: &[Drawing]) {
        self.drawings_of(if drawings.len() > 1 { "plots pairs" } else { "plots" }, drawings);
    }

    /// The same closer together on paper, where there are many of them.
    pub fn many_drawings(&mut self, drawings: &[Drawing]) {
        self.drawings_of("plots threes", drawings);
    }

    fn drawings_of(&mut self, class: &str, drawings: &[Drawing]) {
        self.body.push_str(&format!("<div class=\"{class}\">\n"));
        for Drawing { svg, caption, .. } in drawings {
            let caption = escape(caption);
            self.body.push_str(&format!("<figure>\n{svg}<figcaption>{caption}</figcaption>\n</figure>\n"));
        }
        self.body.push_str("</div>\n");
    }

    /// Pictures side by side, each well formed as it is, with its sentence.
    pub fn figures(&mut self, figures: &[String]) {
        let all: String = figures.iter().map(|figure| format!("<figure>\n{figure}\n</figure>\n")).collect();
        self.body.push_str(&format!("<div class=\"plots\">\n{all}</div>\n"));
    }

    /// What `content` writes, shown on a screen once a reader opens it, and on paper always: it stands beside its switch and not
    /// within, because browsers leave out what is folded within one when they print.
    pub fn fold(&mut self, summary: &str, content: impl FnOnce(&mut Self)) {
        let summary = escape(summary);
        self.body.push_str(&format!(
            "<details class=\"fold\"><summary>{summary}</summary></details>\n<div class=\"folded\">\n"
        ));
        content(self);
        self.body.push_str("</div>\n");
    }

    /// The same, folded only where there is `much` of it.
    pub fn fold_if(&mut self, much: bool, summary: &str, content: impl FnOnce(&mut Self)) {
        if much { self.fold(summary, content) } else { content(self) }
    }

    fn line(&mut self, tag: &str, class: &str, text: &str) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        self.body.push_str(&format!("<{tag}{class}>{}</{tag}>\n", escape(text)));
    }

    /// The whole page.
    pub fn finish(self, title: &str) -> String {
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{}</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
            escape(title),
            self.body
        )
    }
}
