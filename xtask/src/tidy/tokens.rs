//! Rust as a flat list of tokens with their lines. Comments are gone, so words in them never
//! count; what stands inside macros is here too.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

pub struct Token {
    pub line: usize,
    pub text: Text,
}

pub enum Text {
    /// An identifier, a punctuation mark or a bracket.
    Word(String),
    /// The value of a string literal.
    Literal(String),
}

impl Token {
    pub fn is(&self, wanted: &str) -> bool {
        matches!(&self.text, Text::Word(word) if word == wanted)
    }

    pub fn word(&self) -> Option<&str> {
        match &self.text {
            Text::Word(word) => Some(word),
            Text::Literal(_) => None,
        }
    }

    pub fn literal(&self) -> Option<&str> {
        match &self.text {
            Text::Literal(value) => Some(value),
            Text::Word(_) => None,
        }
    }
}

pub fn tokens(stream: TokenStream) -> Vec<Token> {
    let mut found = Vec::new();
    flatten(stream, &mut found);
    found
}

fn flatten(stream: TokenStream, found: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = brackets(group.delimiter());
                found.push(Token {
                    line,
                    text: Text::Word(open.into()),
                });
                flatten(group.stream(), found);
                let line = group.span_close().end().line;
                found.push(Token {
                    line,
                    text: Text::Word(close.into()),
                });
            }
            TokenTree::Literal(literal) => {
                let text = match syn::Lit::new(literal.clone()) {
                    syn::Lit::Str(text) => Text::Literal(text.value()),
                    _ => Text::Word(literal.to_string()),
                };
                found.push(Token { line, text });
            }
            word => found.push(Token {
                line,
                text: Text::Word(word.to_string()),
            }),
        }
    }
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}
