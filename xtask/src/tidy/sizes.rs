//! How large things are: files, functions, lines, parameters, nesting. Only measures; what is
//! excepted is decided next door.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::tree::{Rust, Source, Tree, is_cfg_test};

/// Something measured against its limit.
pub struct Measure {
    pub rule: Rule,
    /// `path`, or `path::function`: what an exception names. Lines move, names stay.
    pub what: String,
    pub place: String,
    pub size: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    FileLength,
    FunctionLength,
    LineLength,
    Parameters,
    Nesting,
}

impl Rule {
    pub fn limit(self) -> usize {
        match self {
            Self::FileLength => 400,
            Self::FunctionLength => 60,
            Self::LineLength => 100,
            Self::Parameters => 5,
            Self::Nesting => 3,
        }
    }

    pub fn advice(self, size: usize) -> String {
        let limit = self.limit();
        match self {
            Self::FileLength => {
                format!("{size} lines without tests (limit {limit}): split where the story pauses")
            }
            Self::FunctionLength => {
                format!("{size} lines (limit {limit}): give a part of the story its own name")
            }
            Self::LineLength => format!("a line of {size} characters (limit {limit}): break it"),
            Self::Parameters => {
                format!("{size} parameters (limit {limit}): give those that go together a type")
            }
            Self::Nesting => {
                format!("nested {size} deep (limit {limit}): return early or name the inner part")
            }
        }
    }
}

/// Everything measured, also what is within its limits.
pub fn measures(tree: &Tree) -> Vec<Measure> {
    let mut found = Vec::new();
    for (file, rust) in tree.rust() {
        let test_file = file.is_test();
        if !test_file {
            found.push(file_length(file, rust));
        }
        found.extend(long_lines(file));
        let mut visitor = Functions {
            file,
            found: &mut found,
            depth: 0,
            deepest: 0,
            test_file,
        };
        visitor.visit_file(&rust.syntax);
    }
    found
}

pub fn print_largest(tree: &Tree) {
    let measures = measures(tree);
    for rule in [
        Rule::FileLength,
        Rule::FunctionLength,
        Rule::Parameters,
        Rule::Nesting,
    ] {
        let mut sizes: Vec<_> = measures
            .iter()
            .filter(|measure| measure.rule == rule)
            .collect();
        sizes.sort_by_key(|measure| std::cmp::Reverse(measure.size));
        println!("{rule:?} (limit {})", rule.limit());
        for measure in sizes.iter().take(8) {
            println!("  {:>4}  {}", measure.size, measure.what);
        }
    }
}

fn file_length(file: &Source, rust: &Rust) -> Measure {
    let size = file.text.lines().count() - rust.lines_of_tests();
    let (what, place) = (file.path.clone(), file.path.clone());
    Measure {
        rule: Rule::FileLength,
        what,
        place,
        size,
    }
}

/// Every line that is too long; addresses cannot be broken and do not count.
fn long_lines(file: &Source) -> impl Iterator<Item = Measure> {
    let lines = file
        .text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.contains("://"));
    let sizes = lines.map(|(number, line)| (number + 1, line.chars().count()));
    let long = sizes.filter(|(_, size)| *size > Rule::LineLength.limit());
    long.map(|(number, size)| {
        let (what, place) = (file.path.clone(), file.at(number));
        Measure {
            rule: Rule::LineLength,
            what,
            place,
            size,
        }
    })
}

struct Functions<'a> {
    file: &'a Source,
    found: &'a mut Vec<Measure>,
    depth: usize,
    deepest: usize,
    /// Tests tell their story at one level and may be long; only parameters are counted.
    test_file: bool,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let (outer_depth, outer_deepest) = (self.depth, self.deepest);
        (self.depth, self.deepest) = (0, 0);
        visit::visit_block(self, body);
        let (start, end) = (signature.span().start().line, body.span().end().line);
        if !self.test_file {
            self.push(Rule::FunctionLength, signature, end + 1 - start);
            self.push(Rule::Nesting, signature, self.deepest);
        }
        (self.depth, self.deepest) = (outer_depth, outer_deepest);
        self.parameters(signature);
    }

    fn parameters(&mut self, signature: &syn::Signature) {
        let typed = |input: &&syn::FnArg| matches!(input, syn::FnArg::Typed(_));
        self.push(
            Rule::Parameters,
            signature,
            signature.inputs.iter().filter(typed).count(),
        );
    }

    fn push(&mut self, rule: Rule, signature: &syn::Signature, size: usize) {
        let what = format!("{}::{}", self.file.path, signature.ident);
        let place = self.file.at(signature.ident.span().start().line);
        self.found.push(Measure {
            rule,
            what,
            place,
            size,
        });
    }

    fn deeper(&mut self, inner: impl FnOnce(&mut Self)) {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        inner(self);
        self.depth -= 1;
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let outer = self.test_file;
        self.test_file |= item.attrs.iter().any(is_cfg_test);
        visit::visit_item_mod(self, item);
        self.test_file = outer;
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig, &item.block);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        match &item.default {
            Some(body) => self.measure(&item.sig, body),
            None => self.parameters(&item.sig),
        }
    }

    fn visit_expr_if(&mut self, expr: &'ast syn::ExprIf) {
        self.visit_expr(&expr.cond);
        self.deeper(|inner| inner.visit_block(&expr.then_branch));
        match expr.else_branch.as_ref().map(|(_, branch)| branch.as_ref()) {
            // `else if` continues at the same depth.
            Some(syn::Expr::If(next)) => self.visit_expr_if(next),
            Some(branch) => self.deeper(|inner| inner.visit_expr(branch)),
            None => {}
        }
    }

    fn visit_expr_match(&mut self, expr: &'ast syn::ExprMatch) {
        self.visit_expr(&expr.expr);
        self.deeper(|inner| expr.arms.iter().for_each(|arm| inner.visit_arm(arm)));
    }

    fn visit_expr_for_loop(&mut self, expr: &'ast syn::ExprForLoop) {
        self.visit_expr(&expr.expr);
        self.deeper(|inner| inner.visit_block(&expr.body));
    }

    fn visit_expr_while(&mut self, expr: &'ast syn::ExprWhile) {
        self.visit_expr(&expr.cond);
        self.deeper(|inner| inner.visit_block(&expr.body));
    }

    fn visit_expr_loop(&mut self, expr: &'ast syn::ExprLoop) {
        self.deeper(|inner| inner.visit_block(&expr.body));
    }
}
